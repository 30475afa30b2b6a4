"""What a terminal sends for a key."""

CURSOR = {"Up": b"A", "Down": b"B", "Right": b"C", "Left": b"D", "Home": b"H", "End": b"F"}
NAMED = {"Tab": b"\t", "Enter": b"\r", "Escape": b"\x1b", "Space": b" ", "PageUp": b"\x1b[5~",
         "PageDown": b"\x1b[6~", "C-c": b"\x03", "C-\\": b"\x1c"}


def encoded(name, application_mode):
    """The bytes of a key; arrows follow the cursor-key mode that the program has set."""
    if name in CURSOR:
        return (b"\x1bO" if application_mode else b"\x1b[") + CURSOR[name]
    return NAMED.get(name) or name.encode()


def wander(count, lowest=1, highest=3):
    """`count` steps, each Down or Up, that start at row 0, then stay within lowest…highest, and
    the row they end in. As no step is ever swallowed by the ends of the list, a single key that
    is lost stays visible to the end."""
    names, row, state = [], 0, 12345
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        down = row < lowest or (row < highest and state & 0x10000)
        if row <= lowest:
            down = True
        names.append("Down" if down else "Up")
        row += 1 if down else -1
    return names, row
