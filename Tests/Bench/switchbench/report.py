"""What was measured, as tables that a terminal and a Markdown reader both show."""

import unicodedata

#: Heading, phase, figure, digits after the point.
FIGURES = (
    ("ready ms", "start", "ready_ms", 0), ("data ms", "start", "data_ms", 0),
    ("start CPU ms", "start", "cpu_ms", 0), ("idle CPU s/min", "idle", "cpu_s_per_min", 3),
    ("RSS MB", "idle", "rss_mb", 1), ("idle B/s", "idle", "bytes_per_s", 0),
    ("B/refresh", "idle", "bytes_per_refresh", 0), ("wake-ups/s", "idle", "wakeups_per_s", 1),
    ("first p50 ms", "keys", "first_p50_ms", 2), ("p95", "keys", "first_p95_ms", 2),
    ("settled p50 ms", "keys", "settled_p50_ms", 2), ("p95", "keys", "settled_p95_ms", 2),
    ("CPU ms/key", "keys", "cpu_ms_per_key", 2), ("B/key", "keys", "bytes_per_key", 0),
    ("preview p50 ms", "preview", "preview_p50_ms", 1), ("p95", "preview", "preview_p95_ms", 1),
    ("poll gap p95 ms", "idle", "poll_gap_p95_ms", 0),
    ("100 resizes CPU s", "resize", "cpu_s", 2), ("screen right", "resize", "right", None),
    ("keys at once CPU s", "flood", "cpu_s", 2), ("bytes", "flood", "bytes", 0),
    ("paints/s", "flood", "paints_per_s", 0), ("lost", "flood", "lost", None))
NOT_MEASURED = "–"
CONSTANT_MARK = "*"


def _width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def table(headings, rows):
    widths = [max(_width(row[column]) for row in [headings, *rows])
              for column in range(len(headings))]

    def line(cells):
        return "| " + " | ".join(cell + " " * (width - _width(cell))
                                 for cell, width in zip(cells, widths)) + " |"

    return "\n".join([line(headings), "|" + "|".join("-" * (width + 2) for width in widths) + "|",
                      *map(line, rows)])


def number(value, digits=None, unit=""):
    """A figure with what it is worth: three digits, or so many after the point."""
    if value is None:
        return NOT_MEASURED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if digits is None:
        digits = 0 if abs(value) >= 100 or value == 0 else 1 if abs(value) >= 10 else 2
        digits = 3 if 0 < abs(value) < 0.1 else digits
    return f"{value:,.{digits}f} {unit}".rstrip()


def _measured(outcome, results):
    target = outcome.target
    if target.phase == "exits" and outcome.measured is False:
        found = results[target.program]["exits"]
        return "not after " + ", ".join(way for way, how in found.items() if not how["ok"])
    return number(outcome.measured, unit=target.unit)


def _compared(outcome):
    if outcome.compared is None:
        return NOT_MEASURED if outcome.target.than else ""
    mark = CONSTANT_MARK if outcome.is_constant else ""
    return number(outcome.compared, unit=outcome.target.unit) + mark


def _verdict(outcome):
    if outcome.is_met is None:
        return "not measured"
    return "met" if outcome.is_met else "MISSED"


def conditions(options, cores):
    """What the figures depend on, in a line."""
    return (f"{options.columns}x{options.rows}, {cores} cores; medians of rounds: {options.rounds}; "
            f"idle windows of {options.idle:g} s, {options.keys} keys one by one, "
            f"{options.flood:,} keys at once")


def outcomes(outcomes, results):
    """The targets: what, the target, what was measured, the other program's figure, the verdict."""
    rows = [(outcome.target.what, str(outcome.target), _measured(outcome, results),
             _compared(outcome), _verdict(outcome)) for outcome in outcomes]
    text = table(("what", "target", "measured", "peer or floor", ""), rows)
    if any(outcome.is_constant for outcome in outcomes):
        text += f"\n\n{CONSTANT_MARK} not measured in this run: the figure of an earlier one"
    return text


def programs(results):
    """Every figure of every program that was measured."""
    columns = [column for column in FIGURES
               if any(column[1] in result for result in results.values())]
    rows = [(name, *(number(result.get(phase, {}).get(figure), digits)
                     for _, phase, figure, digits in columns))
            for name, result in results.items() if "missing" not in result]
    return table(("program", *(column[0] for column in columns)), rows)


def _left(wrong):
    """A raw terminal is unusable, whatever else is wrong with it."""
    return "raw" if "raw" in wrong else ", ".join(wrong) or "ok"


def exits(results):
    """What each way to end left behind, by program."""
    found = {name: result["exits"] for name, result in results.items() if "exits" in result}
    ways = list(dict.fromkeys(way for exits in found.values() for way in exits))
    rows = [(name, *(_left(exits[way]["wrong"]) for way in ways))
            for name, exits in found.items()]
    return table(("ended by", *ways), rows) if rows else ""
