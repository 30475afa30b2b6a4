"""The wrapper under which supervisor runs PostgreSQL.

A postmaster that is stopped together with its children leaves them behind
when it alone is killed: they then hold its shared memory and no new one
starts. So on stop: INT, a wait, then CONT and KILL for every process of the
data directory, and before a start whatever an earlier wrapper left.
"""

import os
import signal
import subprocess
import sys
import time

from . import state, sweep

BINARIES = "/usr/lib/postgresql"
#: How long a clean shutdown may take before everything is killed.
PATIENCE = 2.0


def binary(name):
    """The newest installed one: Debian keeps a directory for each version."""
    versions = sorted((entry for entry in os.listdir(BINARIES)
                       if os.access(f"{BINARIES}/{entry}/bin/{name}", os.X_OK)), key=int)
    if not versions:
        raise state.StackError(f"no {name} under {BINARIES}: install the package postgresql")
    return f"{BINARIES}/{versions[-1]}/bin/{name}"


def clear(data):
    """Kills every process of the data directory, stopped ones too."""
    while left := [pid for pid in sweep.postgres_processes(data) if not sweep.is_zombie(pid)]:
        sweep.send(left, signal.SIGKILL)
        sweep.send(left, signal.SIGCONT)
        time.sleep(0.02)
    sweep.remove_shared_memory(data)


def main():
    stack = state.of_this_process()
    data = stack.data_directory
    if not os.path.exists(os.path.join(data, "PG_VERSION")):
        subprocess.run([binary("initdb"), "--no-locale", "-E", "UTF8", "-A", "trust", "-U",
                        "postgres", "--no-sync", "--no-instructions", "-D", data], check=True)
    clear(data)
    # fsync off: nothing here outlives the stack. Shared memory in files of the
    # data directory, so that a killed server leaves none under /dev/shm.
    server = subprocess.Popen(
        ["setpriv", "--pdeathsig", "INT", binary("postgres"), "-D", data,
         "-k", stack.path("postgres"), "-h", "127.0.0.1", "-p", str(stack.port("postgres")),
         "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60",
         "-c", "dynamic_shared_memory_type=mmap", "-c", "shared_buffers=16MB",
         "-c", "jit=off", "-c", "timezone=UTC", "-c", "log_timezone=UTC"],
        cwd=data, stdin=subprocess.DEVNULL)

    def stop(number, frame):
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    code = 0
    try:
        code = server.wait()
    except SystemExit:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server.send_signal(signal.SIGINT)
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            print("pgwrap: still there after INT: killing every process of the data directory",
                  flush=True)
    finally:
        clear(data)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
