"""Finding and ending every process of a stack, whoever its parent has become."""

import os
import select
import shutil
import signal
import subprocess
import time

from .state import MARK


def _read(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:
        return b""


def _link(pid, name):
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def _parent(pid):
    """The parent of `pid`; the command's name may hold spaces and brackets."""
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def tree(pid):
    """A process and all that descend from it, parents first."""
    children = {}
    for other in _pids():
        children.setdefault(_parent(other), []).append(other)
    found = [pid]
    for one in found:
        found += children.get(one, ())
    return found


def is_zombie(pid):
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return not fields or fields[0] in (b"Z", b"X")


def postgres_processes(data_directory):
    """Every process of one PostgreSQL data directory, postmaster first.

    Its children write their titles over their environment, so the mark is
    gone there; but all of them work in the data directory."""
    found = []
    for pid in _pids():
        directory = _link(pid, "cwd").removesuffix(" (deleted)")
        if directory == data_directory and \
                os.path.basename(_link(pid, "exe").removesuffix(" (deleted)")) == "postgres":
            found.append(pid)
    return sorted(found)


def marked_processes(directory):
    """Every living process of the stack in `directory`, but never the caller
    or one of the shells that called it."""
    spared = {os.getpid()}
    pid = os.getpid()
    while pid > 1:
        pid = _parent(pid)
        spared.add(pid)
    mark = f"{MARK}={directory}".encode()
    found = set(postgres_processes(os.path.join(directory, "postgres", "data")))
    for pid in _pids():
        if mark in _read(pid, "environ").split(b"\0"):
            found.add(pid)
    return sorted(pid for pid in found - spared if not is_zombie(pid))


def _pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def end(pids, within):
    """Kills processes, stopped ones too, and waits until each has ended: one that is about to end has no
    directory and no environment to be found by any more, but still its memory and its ports."""
    deadline = time.monotonic() + within
    descriptors = []
    for pid in pids:
        try:
            descriptors.append(os.pidfd_open(pid))
            signal.pidfd_send_signal(descriptors[-1], signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    for descriptor in descriptors:
        select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        os.close(descriptor)


def remove_shared_memory(data_directory):
    """A killed postmaster leaves its System V segment behind, for good; its
    id is the second number in the seventh line of postmaster.pid."""
    try:
        with open(os.path.join(data_directory, "postmaster.pid"), encoding="ascii") as file:
            segment = file.read().splitlines()[6].split()[1]
    except (OSError, IndexError):
        return
    subprocess.run(["ipcrm", "-m", segment], check=False, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_all(directory, within=10.0):
    """Ends every process of the stack; asked again until nobody is left, since a process may fork while
    we look. Returns the pids that survived (none, normally)."""
    deadline = time.monotonic() + within
    left = marked_processes(directory)
    # supervisord first, or it would start again what it sees die.
    left.sort(key=lambda pid: b"supervisord" not in _read(pid, "cmdline"))
    while left and time.monotonic() < deadline:
        end(left, deadline - time.monotonic())
        left = marked_processes(directory)
    return left


def sweep(directory):
    """Ends everything and removes the directory. Returns what survived."""
    survivors = kill_all(directory)
    remove_shared_memory(os.path.join(directory, "postgres", "data"))
    if not survivors:
        for _ in range(20):
            shutil.rmtree(directory, ignore_errors=True)
            if not os.path.exists(directory):
                break
            time.sleep(0.05)
    return survivors
