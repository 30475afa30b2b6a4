"""The phases of a measurement, each on a running session; each returns figures by name."""

import random
import re
import statistics
import time

from . import processes

#: Output after a silence of so long is another refresh of the screen.
REFRESH_GAP = 0.05
#: So long without output is a settled screen after a key.
KEY_CALM = 0.05


def quantile(values, share):
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(seconds):
    return None if seconds is None else seconds * 1e3


def start(session, program, timeout=20.0):
    """From just before exec to the first byte, the first painted cell, ready, and data."""
    ready, data = re.compile(program.ready), re.compile(program.data or program.ready)
    seen = {}

    def look(when):
        if "data" in seen:
            return
        text = session.emulator.text()
        if text.strip():
            seen.setdefault("paint", when)
        if ready.search(text):
            seen.setdefault("ready", when)
            if data.search(text):
                seen["data"] = when

    end = time.monotonic() + timeout
    while time.monotonic() < end and session.ended() is None:
        calm = session.watch(min(8 * program.calm, end - time.monotonic()), quiet=program.calm)
        session.emulate(look)
        if "data" in seen and (calm or time.monotonic() - seen["data"] > 2):
            break
    first = session.chunks[0][0] if session.chunks else None
    since = {name: None if when is None else milliseconds(when - session.started) for name, when in
             (("first_byte", first), ("first_paint", seen.get("paint")),
              ("ready", seen.get("ready")), ("data", seen.get("data")))}
    return {**{f"{name}_ms": value for name, value in since.items()},
            "cpu_ms": milliseconds(session.cpu()), "bytes": session.written()}


def _seconds_to_wait(seconds):
    """Until a window of so many seconds fits into one minute of the clock; 0 if it never does."""
    left = 60 - time.time() % 60
    return left + 0.5 if left < seconds + 0.5 <= 59 else 0


def idle(session, program, seconds):
    """What the program costs while nobody touches it."""
    session.watch(program.warm_up)
    if program.within_minute:
        session.watch(_seconds_to_wait(seconds))
    first = len(session.chunks)
    pids = session.tree()
    cpu, wakeups, began = processes.cpu_seconds(pids), processes.wakeups(pids), time.monotonic()
    session.watch(seconds)
    lasted, pids = time.monotonic() - began, session.tree()
    cpu, wakeups = processes.cpu_seconds(pids) - cpu, processes.wakeups(pids) - wakeups
    polls = [when for when in program.polls() if began <= when <= began + lasted] if program.polls else []
    gaps = [after - before for before, after in zip(polls, polls[1:])]
    refreshes, last = [], None
    for when, length in session.chunks[first:]:
        if last is None or when - last > REFRESH_GAP:
            refreshes.append(0)
        refreshes[-1] += length
        last = when
    return {"cpu_s_per_min": cpu / lasted * 60, "rss_mb": processes.resident_megabytes(pids),
            "threads": processes.threads(pids), "processes": len(pids),
            "wakeups_per_s": wakeups / lasted, "bytes_per_s": session.written(first) / lasted,
            "refreshes_per_s": len(refreshes) / lasted,
            "poll_gap_p95_ms": milliseconds(quantile(gaps, 0.95)),
            "bytes_per_refresh": statistics.median(refreshes) if refreshes else 0}


def press_and_wait(session, name, timeout=2.0):
    """(seconds to the first byte, seconds to the last before calm), None if nothing came."""
    session.watch(1, quiet=KEY_CALM)
    first, pressed = len(session.chunks), time.monotonic()
    session.press(name)
    if session.read(timeout) is None:
        return None
    session.watch(timeout, quiet=KEY_CALM)
    return session.chunks[first][0] - pressed, session.chunks[-1][0] - pressed


def keys(session, program, count):
    """One key at a time, each answered before the next."""
    first, settled, changed = [], [], 0
    since, cpu, began = len(session.chunks), session.cpu(), time.monotonic()
    for number in range(count):
        session.emulate()
        before = session.emulator.look()
        times = press_and_wait(session, program.keys[number % len(program.keys)])
        session.emulate()
        changed += session.emulator.look() != before
        if times:
            first.append(times[0])
            settled.append(times[1])
    return {"first_p50_ms": milliseconds(quantile(first, 0.50)),
            "first_p95_ms": milliseconds(quantile(first, 0.95)),
            "settled_p50_ms": milliseconds(quantile(settled, 0.50)),
            "settled_p95_ms": milliseconds(quantile(settled, 0.95)),
            "cpu_ms_per_key": milliseconds(session.cpu() - cpu) / count,
            "bytes_per_key": session.written(since) / count,
            "lasted_s": time.monotonic() - began, "unanswered": count - len(first),
            "without_effect": count - changed}


def preview(session, program, count):
    """The key that opens a preview, until the preview is on the screen; then it is closed again."""
    key, shown, close = program.preview
    shown, times = re.compile(shown), []
    for _ in range(count):
        session.watch(1, quiet=KEY_CALM)
        session.emulate()
        seen, pressed = [], time.monotonic()
        session.press(key)
        while not seen and time.monotonic() - pressed < 5:
            session.read(0.1)
            session.emulate(lambda when: shown.search(session.emulator.text()) and seen.append(when))
        if seen:
            times.append(seen[0] - pressed)
        press_and_wait(session, close)
    return {"preview_p50_ms": milliseconds(quantile(times, 0.50)),
            "preview_p95_ms": milliseconds(quantile(times, 0.95)), "without_preview": count - len(times)}


def likeness(left, right):
    """The share of equal cells; all digits count as equal, for they change by themselves."""
    left, right = re.sub(r"\d", "0", left), re.sub(r"\d", "0", right)
    equal = sum(1 for a, b in zip(left, right) if a == b)
    return equal / max(1, len(left), len(right))


def resize(session, program, count=100, seconds=2.0):
    """A storm of sizes, then the first size again: is the screen right without another nudge?"""
    columns, rows = session.columns, session.rows
    sizes = random.Random(7)
    session.watch(1, quiet=0.2)
    first, cpu, began = len(session.chunks), session.cpu(), time.monotonic()
    for number in range(1, count + 1):
        last = number == count
        session.resize(columns if last else sizes.randint(60, 200),
                       rows if last else sizes.randint(16, 60))
        session.watch(max(0, began + number * seconds / count - time.monotonic()))
    session.watch(2, quiet=program.calm)
    cpu, written = session.cpu() - cpu, session.written(first)
    session.emulate()
    after = session.emulator.text()
    for size in ((columns - 1, rows), (columns, rows)):
        session.resize(*size)
        session.watch(1.5, quiet=program.calm)
    session.emulate()
    same = likeness(after, session.emulator.text())
    return {"cpu_s": cpu, "bytes": written, "likeness": same,
            "right": same >= 0.9 and bool(re.search(program.ready, after))}
