"""What the processes of a program cost, read from /proc."""

import os
import re
import time

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def descendants(root):
    """All living descendants of a process, parents before their children; zombies don't live."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = _stat(entry)
            except OSError:
                continue
            if stat[0] != "Z":
                children.setdefault(int(stat[1]), []).append(int(entry))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, []))
    return found[1:]


def cpu_seconds(pids):
    """CPU of the processes by their own clocks (nanoseconds), and of the children they have reaped."""
    total = 0.0
    for pid in pids:
        try:
            # The kernel's numbering of other processes' CPU clocks: clock_getcpuclockid(3).
            total += time.clock_gettime_ns(((~pid) << 3) | 2) / 1e9
            stat = _stat(pid)
            total += (int(stat[13]) + int(stat[14])) / TICKS
        except OSError:
            pass
    return total


def wakeups(pids):
    """How often any thread of the processes has gone to sleep and been woken."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/status", encoding="utf-8") as file:
                    total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read())[1])
        except (OSError, TypeError):
            pass
    return total


def resident_megabytes(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
                total += int(re.search(r"\nRss:\s+(\d+)", file.read())[1])
        except (OSError, TypeError):
            pass
    return total / 1024


def threads(pids):
    total = 0
    for pid in pids:
        try:
            total += len(os.listdir(f"/proc/{pid}/task"))
        except OSError:
            pass
    return total
