"""The wrapper under which supervisor runs PostgreSQL.

A postmaster that is stopped together with its children leaves them behind
when it alone is killed: they then hold its shared memory and no new one
starts. So on stop: INT, a wait, then KILL for every process of the data
directory, and before a start whatever an earlier wrapper left.
"""

import contextlib
import os
import signal
import subprocess
import sys

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


def clear(stack):
    """Kills every process of the data directory, stopped ones too, and removes what they leave.

    Their locks also: a server refuses to start while the pid in one exists, and it still does while
    nobody has reaped the killed postmaster, or again when another process has got its number."""
    data = stack.data_directory
    while left := [pid for pid in sweep.postgres_processes(data) if not sweep.is_zombie(pid)]:
        sweep.end(left, 1.0)
    sweep.remove_shared_memory(data)
    for lock in (os.path.join(data, "postmaster.pid"),
                 stack.path("postgres", f".s.PGSQL.{stack.port('postgres')}.lock")):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(lock)


def main():
    stack = state.of_this_process()
    data = stack.data_directory
    if not os.path.exists(os.path.join(data, "PG_VERSION")):
        subprocess.run([binary("initdb"), "--no-locale", "-E", "UTF8", "-A", "trust", "-U",
                        "postgres", "--no-sync", "--no-instructions", "-D", data], check=True)
    clear(stack)
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
        clear(stack)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
