"""What a person would see: bytes in, a screen out (pyte, with what it lacks)."""

import re

import pyte

#: Whole escape sequences: control sequences, strings (titles, clipboard, queries), and the short ones.
SEQUENCE = re.compile(rb"\x1b\[(?P<mark>[<=>?]?)(?P<values>[0-9:;]*)(?P<between>[ -/]*)(?P<final>[@-~])"
                      rb"|\x1b[\]P_^X](?P<string>.*?)(?:\x07|\x1b\\)"
                      rb"|\x1b[ -/]*[0-Z\\\x60-~]", re.S)
#: A sequence that the end of the data cuts short.
UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X][^\x07\x1b]*\x1b?|[ -/]*)?\Z", re.S)

#: Modes that a program must not leave behind: on for all but the cursor, which must not be off.
LEFTOVERS = {47: "alternate screen", 1047: "alternate screen", 1049: "alternate screen",
             1: "cursor keys", 9: "mouse", 1000: "mouse", 1002: "mouse", 1003: "mouse",
             1004: "focus", 2004: "paste", 2026: "synchronized output"}


class Screen(pyte.Screen):
    """pyte's screen plus REP, SU and SD, which ncurses uses."""

    last = " "

    def draw(self, data):
        super().draw(data)
        if data:
            self.last = data[-1]

    def repeat_last(self, count=1):
        self.draw(self.last * max(1, count))

    def _within_margins(self, operation, count):
        column, line = self.cursor.x, self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        operation(max(1, count))
        self.cursor.x, self.cursor.y = column, line

    def scroll_up(self, count=1):
        self._within_margins(self.delete_lines, count)

    def scroll_down(self, count=1):
        self._within_margins(self.insert_lines, count)

    def write_process_input(self, data):
        """Questions are answered by the session, at once."""


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "b": "repeat_last", "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"repeat_last", "scroll_up", "scroll_down"}


class Emulator:
    """A terminal of a given size and the modes that were set in it."""

    def __init__(self, columns, rows):
        self.screen = Screen(columns, rows)
        self.stream = Stream(self.screen)
        self.modes = {}
        self.synchronized_frames = 0
        self.rest = b""

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)

    def feed(self, data):
        data = self.rest + data
        cut = UNFINISHED.search(data)
        self.rest = data[cut.start():] if cut else b""
        if cut:
            data = data[:cut.start()]
        try:
            self.stream.feed(SEQUENCE.sub(self._sift, data))
        except (TypeError, IndexError, ValueError):
            pass  # what pyte can't parse it doesn't draw

    def _sift(self, match):
        """Leaves what pyte reads rightly, notes modes, drops the rest."""
        final = match["final"]
        if final is None:
            return b"" if match["string"] is not None else match[0]
        if match["between"]:
            return b""
        if match["mark"] == b"?" and final in b"hl":
            for value in match["values"].split(b";"):
                self._set_mode(int(value or 0), final == b"h")
            return match[0]
        if match["mark"] and not (match["mark"] == b"?" and final in b"JK"):
            return b""
        if final == b"m" and b":" in match["values"]:
            return match[0].replace(b":", b";")
        return match[0]

    def _set_mode(self, mode, on):
        self.modes[mode] = on
        if mode == 2026 and on:
            self.synchronized_frames += 1

    def leftovers(self):
        """What a program that is gone has left switched, in words."""
        left = {name for mode, name in LEFTOVERS.items() if self.modes.get(mode)}
        if self.modes.get(25) is False:
            left.add("cursor hidden")
        return sorted(left)

    def lines(self):
        return list(self.screen.display)

    def text(self):
        return "\n".join(self.lines())

    def look(self):
        """Everything visible: text, the cursor's row, colours."""
        styles = [[(column, cell.fg, cell.bg, cell.reverse) for column, cell in sorted(row.items())]
                  for _, row in sorted(self.screen.buffer.items())]
        return self.lines(), self.screen.cursor.y, styles

    def selected_rows(self):
        """Rows that stand out as a whole: a bar of reverse or of a background, or a pointer."""
        found = []
        for number, line in enumerate(self.lines()):
            cells = self.screen.buffer[number]
            bar = sum(1 for cell in cells.values() if cell.reverse or cell.bg != "default")
            if bar >= 8 or re.match(r"[\s│┃|]*[>▶▸❯›▌]\s", line):
                found.append((number, bar))
        return found
