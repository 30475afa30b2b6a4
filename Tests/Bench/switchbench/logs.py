"""A log in a large file: opened at its end and searched, beside grep, ripgrep and lnav; CPU in one run."""

import os
import random
import shutil
import statistics
import subprocess
import time

from .report import number, table

#: What is looked for: an expression, and what it is.
SOUGHT = (
    ("houndify timed out", "a text that is rare"),
    ("timed? ?out", "an expression that is rare"),
    ("took 97[0-9] ms", "an expression that is in every hundredth line"),
    ("nowhere to be seen", "a text that isn't there"),
)
#: CPU seconds and megabytes with which lnav opened 1 GB, as they were measured once.
LNAV_CONSTANT = (9.4, 434)
LEVELS = ("DEBUG", "INFO", "INFO", "INFO", "INFO", "INFO", "WARNING")


def _write(path, megabytes):
    """Lines as the framework writes them, a traceback in every five-thousandth record."""
    chance = random.Random(7)
    block, stamp = [], 1_795_845_600.0
    for index in range(50_000):
        stamp += 0.003
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(stamp))
        head = f"{clock},{int(stamp * 1000) % 1000:03}+00:00 - api.routes.suite_runs"
        run = f"{chance.getrandbits(64):016x}"
        if index % 5_000 == 0:
            block.append(f"{head} - ERROR - run {run}: Houndify timed out\nTraceback (most recent call last):\n"
                         '  File "/app/services/houndify.py", line 88, in ask\nTimeoutError: 30 s\n')
        else:
            block.append(f"{head} - {chance.choice(LEVELS)} - GET /api/v1/suite-runs/{run} took "
                         f"{chance.randrange(1000)} ms for user {chance.randrange(5000)}\n")
    text = "".join(block).encode()
    with open(path, "wb") as file:
        for _ in range(max(1, megabytes * 1_000_000 // len(text))):
            file.write(text)


def _cost(words, environment):
    """CPU seconds, peak memory in MB, and how many lines were printed; None where it fails."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL, env=environment)
    lines = 0
    while block := process.stdout.read(1 << 20):
        lines += block.count(b"\n")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, lines


def _median(words, environment, rounds):
    costs = [cost for _ in range(rounds) if (cost := _cost(words, environment))]
    return tuple(statistics.median(column) for column in zip(*costs)) if costs else None


def measure(console, directory, megabytes, rounds):
    """The rows of the table: what, ours, the peers', and how they stand to each other."""
    path = os.path.join(directory, "large.log")
    _write(path, megabytes)
    size = os.path.getsize(path) / 1e6
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": directory,
                   "XDG_STATE_HOME": os.path.join(directory, "state"), "TERM": "dumb"}
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass
    ours = [console, "logs", "--file", path]
    idle = _median([console, "--version"], environment, rounds)
    opened = _median([*ours, "100"], environment, rounds)
    lnav = _median(["lnav", "-n", "-c", ":goto 100%", "-c", ":write-view-to /dev/null", path],
                   environment, 1) if shutil.which("lnav") else None
    results = {"size_mb": size, "start": idle, "open": opened, "lnav": lnav, "search": {}}
    peers = {"grep -iE": ["grep", "-iE"], "rg -i": ["rg", "-i", "--no-mmap", "-j1"], "rg -i, mmap": ["rg", "-i", "--mmap", "-j1"]}
    for sought, what in SOUGHT:
        row = {"what": what, "switchboard": _median([*ours, "--grep", sought], environment, rounds)}
        for name, words in peers.items():
            if shutil.which(words[0]):
                row[name] = _median([*words, sought, path], environment, rounds)
        results["search"][sought] = row
    results["errors"] = _median([*ours, "--errors"], environment, rounds)
    os.remove(path)
    return results


def _speed(cost, size):
    return None if not cost else size / max(cost[0], 1e-3)


def show(results):
    """What was measured, as tables."""
    size, start, opened = results["size_mb"], results["start"], results["open"]
    lnav = results["lnav"]
    mark = "" if lnav else "*"
    lnav = lnav or (LNAV_CONSTANT[0] * size / 1000, LNAV_CONSTANT[1])
    rows = []
    if opened and start:
        rows.append((f"open {size:,.0f} MB at the end, CPU", "≤ 95 ms, 1/100 of lnav",
                     number(opened[0] * 1e3, unit="ms"), number(lnav[0] * 1e3, unit="ms") + mark))
        rows.append(("memory over the program's own", "≤ 20 MB", number(opened[1] - start[1], unit="MB"),
                     number(lnav[1], unit="MB") + mark))
    text = table(("a log in a file", "target", "measured", "lnav"), rows)
    names = ["grep -iE", "rg -i", "rg -i, mmap"]
    lines = []
    for sought, row in results["search"].items():
        own = _speed(row["switchboard"], size)
        cells = [f"{sought} ({row['what']})", number(own, 0),
                 number(row["switchboard"][2] if row["switchboard"] else None, 0)]
        for name in names:
            speed = _speed(row.get(name), size)
            cells += [number(speed, 0), number(own / speed if own and speed else None, 2, "x")]
        lines.append(cells)
    cells = ["--errors", number(_speed(results["errors"], size), 0),
             number(results["errors"][2] if results["errors"] else None, 0)] + ["–"] * (2 * len(names))
    lines.append(cells)
    headings = ["search, MB a CPU second", "switchboard", "lines"]
    for name in names:
        headings += [name, "ours to it"]
    text += "\n\n" + table(headings, lines)
    if mark:
        text += "\n\n* not measured in this run: the figure of an earlier one"
    return text
