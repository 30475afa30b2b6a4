"""Every way to die: is the terminal as it was, is anybody left behind?"""

import os
import signal
import termios
import time

from . import phases

#: `quit` is the program's own key; `hang-up` the terminal vanishing without a word.
WAYS = ("quit", "TERM", "HUP", "INT", "QUIT", "SEGV", "BUS", "ILL", "TRAP", "ABRT", "hang-up")
#: A program that runs longer than this after its end was asked for has not ended.
PATIENCE = 4.0


def _ask(session, program, way):
    if way == "quit":
        for name in program.leave:
            session.press(name)
            session.watch(0.3, quiet=0.1)
    elif way == "hang-up":
        session.hang_up()
    else:
        os.kill(session.pid, getattr(signal, f"SIG{way}"))


def _wrong(session):
    """What is not as it was before the program started, in words."""
    session.watch(0.3, quiet=0.1)
    session.emulate()
    wrong = session.emulator.leftovers()
    now = termios.tcgetattr(session.master)
    if not now[3] & termios.ECHO:
        wrong.append("no echo")
    if not now[3] & termios.ICANON:
        wrong.append("raw")
    if now != session.termios and not {"no echo", "raw"} & set(wrong):
        wrong.append("terminal settings")
    return wrong


def leave(session, program, way):
    """Ends the program one way. `ok` means: gone, nothing left, and the terminal as it was."""
    began = time.monotonic()
    _ask(session, program, way)
    while session.ended() is None and time.monotonic() - began < PATIENCE:
        session.read(0.005)
    lasted, code = time.monotonic() - began, session.ended()
    wrong = ["still runs"] if code is None else []
    if code is not None and way != "hang-up":
        wrong += _wrong(session)
    end = time.monotonic() + 0.5
    while code is not None and (orphans := session.tree()) and time.monotonic() < end:
        time.sleep(0.02)
    if code is not None and orphans:
        wrong.append(f"{len(orphans)} orphans")
    return {"ok": not wrong, "wrong": wrong, "code": code, "ms": phases.milliseconds(lasted)}
