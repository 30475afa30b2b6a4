"""Ten thousand keys at once: none may be lost, and the screen need not show each."""

import time

from . import keyboard
from .phases import milliseconds, press_and_wait

#: Output after a silence of so long is another paint, for programs that don't mark their frames.
PAINT_GAP = 0.004
#: More than this is not run through the emulator: the program is asked to paint afresh instead.
MOST_EMULATED = 3_000_000


def _selection_after(session, program, steps):
    """The rows that stand out after so many calm steps down; the steps are taken back again."""
    down, up = program.keys
    for _ in range(steps):
        press_and_wait(session, down)
    session.emulate()
    rows = session.emulator.selected_rows()
    for _ in range(steps):
        press_and_wait(session, up)
    return rows


def _feed(session, names, timeout):
    """Sends the keys as fast as the terminal takes them; the time when all are taken, or None."""
    waiting = b"".join(session.encoded(name) for name in names)
    end, empty = time.monotonic() + timeout, 0
    while time.monotonic() < end and session.ended() is None:
        if waiting:
            waiting = waiting[session.send(waiting[:1024]):]
        pieces, wait = 0, 0.002
        while session.read(wait) is not None and pieces < 200:
            pieces, wait = pieces + 1, 0
        empty = empty + 1 if not waiting and session.unread() == 0 else 0
        if empty == 1:
            drained = time.monotonic()
        if empty >= 3:
            return drained
    return None


def _paints(session, first, frames):
    """Frames that the program marked, else bursts of output."""
    marked = session.emulator.synchronized_frames - frames
    if marked:
        return marked
    bursts, last = 0, None
    for when, _ in session.chunks[first:]:
        bursts += last is None or when - last > PAINT_GAP
        last = when
    return bursts


def flood(session, program, count, timeout=30.0):
    down, up = program.keys
    for name in program.before_flood:
        press_and_wait(session, name)
    names, target = keyboard.wander(count)
    keys = [down if name == "Down" else up for name in names]
    for _ in range(5):
        press_and_wait(session, up)
    expected = _selection_after(session, program, target)
    session.emulate()
    start = session.emulator.selected_rows()
    frames, first = session.emulator.synchronized_frames, len(session.chunks)
    cpu, began = session.cpu(), time.monotonic()
    drained = _feed(session, keys, timeout)
    session.watch(timeout, quiet=0.25)
    cpu, written = session.cpu() - cpu, session.written(first)
    ended = session.chunks[-1][0] if len(session.chunks) > first else began
    lost = None
    if written <= MOST_EMULATED:
        session.emulate()
        if drained is None:
            lost = True
        elif expected and expected != start:
            lost = session.emulator.selected_rows() != expected
    else:
        session.unseen = []
    paints = _paints(session, first, frames)
    probe = press_and_wait(session, down, timeout=5)
    lasted = max(0.1, ended - began)
    return {"drained_s": None if drained is None else drained - began, "cpu_s": cpu,
            "bytes": written, "paints_per_s": paints / lasted, "lasted_s": lasted, "lost": lost,
            "next_key_ms": milliseconds(probe[0]) if probe else None}
