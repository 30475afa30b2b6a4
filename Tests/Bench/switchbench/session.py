"""One program in one terminal: what it writes is stamped when it is read, and looked at later."""

import errno
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

from . import keyboard, processes
from .emulator import Emulator

#: Questions that programs ask their terminal, answered as xterm would.
ANSWERS = [(re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
           (re.compile(rb"\x1b\[>0?c"), b"\x1b[>41;380;0c"),
           (re.compile(rb"\x1b\[5n"), b"\x1b[0n"),
           (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
           (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
           (re.compile(rb"\x1b\]10;\?"), b"\x1b]10;rgb:cccc/cccc/cccc\x1b\\"),
           (re.compile(rb"\x1b\]11;\?"), b"\x1b]11;rgb:0000/0000/0000\x1b\\")]


class Session:
    def __init__(self, leader, argv, environment, directory, columns, rows):
        self.columns, self.rows = columns, rows
        self.emulator = Emulator(columns, rows)
        self.chunks = []          # (seconds, length) of everything read
        self.unseen = []          # (seconds, bytes) or (None, (columns, rows)): not yet emulated
        self.before = b""
        self.ended_with = None
        self.hung_up = False
        self.master, slave = os.openpty()
        self._set_size(columns, rows)
        self.slave_name = os.ttyname(slave)
        self.termios = termios.tcgetattr(slave)
        report, report_end = os.pipe()
        self.leader = subprocess.Popen([leader, str(report_end), *argv], stdin=slave, stdout=slave,
                                       stderr=slave, env=environment, cwd=directory,
                                       pass_fds=[report_end])
        os.close(slave)
        os.close(report_end)
        self.report = open(report, "rb", buffering=0)
        words = self.report.readline().split()
        if len(words) != 3:
            raise RuntimeError(f"the leader of {argv[0]} didn't start")
        self.pid, self.started = int(words[1]), int(words[2]) / 1e9
        os.set_blocking(self.master, False)

    # What goes in

    def _set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self._set_size(columns, rows)
        self.unseen.append((None, (columns, rows)))

    def send(self, data):
        """Writes what the terminal's queue takes; how much that was."""
        try:
            return os.write(self.master, data)
        except BlockingIOError:
            return 0

    def encoded(self, name):
        return keyboard.encoded(name, self.emulator.modes.get(1))

    def press(self, name):
        self.send(self.encoded(name))

    def unread(self):
        """How many bytes of input the program hasn't taken yet."""
        slave = os.open(self.slave_name, os.O_RDWR | os.O_NOCTTY)
        try:
            return struct.unpack("i", fcntl.ioctl(slave, termios.FIONREAD, b"\0" * 4))[0]
        finally:
            os.close(slave)

    def hang_up(self):
        """The terminal vanishes; the leader stays, so no signal helps the program."""
        self.hung_up = True
        os.close(self.master)

    # What comes out

    def read(self, timeout):
        """Waits for output; the time of its reading, None if there was none."""
        if self.hung_up:
            time.sleep(timeout)
            return None
        try:
            if not select.select([self.master], [], [], max(0, timeout))[0]:
                return None
            data = os.read(self.master, 1 << 16)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return None
        now = time.monotonic()
        self.chunks.append((now, len(data)))
        self.unseen.append((now, data))
        self._answer(data)
        return now

    def _answer(self, data):
        view, seen = self.before + data, len(self.before)
        for question, answer in ANSWERS:
            if any(match.end() > seen for match in question.finditer(view)):
                self.send(answer)
        self.before = view[-12:] if b"\x1b" in view[-12:] else b""

    def watch(self, seconds, quiet=None):
        """Reads for so long, or until nothing has come for `quiet` seconds; whether it was that."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.read(min(left, quiet or left)) is None and quiet and left > quiet:
                return True
        return False

    def emulate(self, each=None):
        """Catches up with what was read; `each(time)` after every piece."""
        for when, item in self.unseen:
            if when is None:
                self.emulator.resize(*item)
                continue
            self.emulator.feed(item)
            if each:
                each(when)
        self.unseen = []

    def written(self, since=0):
        return sum(length for _, length in self.chunks[since:])

    # What it is

    def tree(self):
        return processes.descendants(self.leader.pid)

    def cpu(self):
        return processes.cpu_seconds(self.tree())

    def ended(self):
        """The program's exit code once it is gone (negative: the signal), None before."""
        if self.ended_with is None and select.select([self.report], [], [], 0)[0]:
            words = self.report.readline().split()
            if words and words[0] == b"ended":
                self.ended_with = int(words[1])
            elif words:
                return self.ended()
        return self.ended_with

    def close(self):
        """Ends everything that was started here, by its process id."""
        for pid in reversed(self.tree()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.leader.kill()
        self.leader.wait()
        self.report.close()
        if not self.hung_up:
            os.close(self.master)
