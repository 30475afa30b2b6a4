"""What the console is to reach, and whether it does: pure functions of the results."""

from dataclasses import dataclass

#: Programs as they were measured once (2 shared cores, 160x48, medians of 3), for those that aren't there.
#: Of the floor's resizes and the p95 of lazydocker's settled screen only what follows from them was kept.
CONSTANTS = {
    "floor": {"start": {"ready_ms": 5, "data_ms": 5, "cpu_ms": 4},
              "idle": {"cpu_s_per_min": 0.009, "rss_mb": 2.9, "bytes_per_refresh": 34},
              "keys": {"first_p50_ms": 0.29, "first_p95_ms": 0.44, "settled_p50_ms": 0.32,
                       "cpu_ms_per_key": 0.17, "bytes_per_key": 263},
              "resize": {"cpu_s": 0.1}},
    "floor-swift": {"start": {"ready_ms": 18, "data_ms": 18, "cpu_ms": 9},
                    "idle": {"cpu_s_per_min": 0.009, "rss_mb": 9.6},
                    "keys": {"first_p50_ms": 0.33, "first_p95_ms": 2.0, "settled_p50_ms": 0.36,
                             "cpu_ms_per_key": 0.20, "bytes_per_key": 278}},
    "htop": {"start": {"ready_ms": 165, "data_ms": 165, "cpu_ms": 78},
             "idle": {"cpu_s_per_min": 0.43, "rss_mb": 4.8},
             "keys": {"first_p50_ms": 0.64, "first_p95_ms": 41, "settled_p50_ms": 0.72,
                      "cpu_ms_per_key": 2.4, "bytes_per_key": 449}},
    "btop": {"start": {"ready_ms": 25, "data_ms": 25, "cpu_ms": 23},
             "idle": {"cpu_s_per_min": 0.38, "rss_mb": 6.0},
             "keys": {"first_p50_ms": 6.2, "first_p95_ms": 11, "settled_p50_ms": 6.7,
                      "cpu_ms_per_key": 1.8, "bytes_per_key": 19395}},
    "lazydocker": {"start": {"ready_ms": 683, "data_ms": 683, "cpu_ms": 499},
                   "idle": {"cpu_s_per_min": 1.0, "rss_mb": 24},
                   "keys": {"first_p50_ms": 3.7, "first_p95_ms": 7.3, "settled_p50_ms": 21.5,
                            "settled_p95_ms": 60, "cpu_ms_per_key": 9.6, "bytes_per_key": 24643}},
}


START, IDLE, KEYS, RESIZE, FLOOD = "start", "idle", "keys", "resize", "flood"
DEMO, HANGING = "switchboard", "switchboard/hanging"
CHANGING, ACTING, DEAD = "switchboard/changing", "switchboard/acting", "switchboard/dead"
MANY, FULL = "switchboard/many", "switchboard/full"
CONTAINERS = "switchboard/containers"
WRITING = "switchboard/writing"


@dataclass(frozen=True)
class Target:
    """At most `factor` times the same figure of another program; without one, at most `factor`."""

    what: str
    program: str
    phase: str
    figure: str
    unit: str
    factor: float = 1
    than: str | None = None
    #: How a target is written that isn't a number.
    words: str = ""

    def __str__(self):
        if self.words:
            return self.words
        if self.than is None:
            return f"≤ {self.factor:,g} {self.unit}"
        if self.factor == 1:
            return f"≤ {self.than}"
        if self.factor < 1:
            return f"≤ 1/{1 / self.factor:.0f} of {self.than}"
        return f"≤ {self.factor:g}x {self.than}"


@dataclass(frozen=True)
class Outcome:
    """A target beside what was measured; None is what there is no figure of."""

    target: Target
    measured: float | bool | None
    compared: float | None
    is_constant: bool
    is_met: bool | None


TARGETS = (
    Target("first frame, before any reply", DEMO, START, "ready_ms", "ms", 3, "floor-swift"),
    Target("first frame, before any reply", DEMO, START, "ready_ms", "ms", 1 / 15, "lazydocker"),
    Target("first real data: containers, rows, HTTP", "switchboard/data", START, "data_ms", "ms",
           1 / 4, "lazydocker"),
    Target("start CPU", DEMO, START, "cpu_ms", "ms", 3, "floor-swift"),
    Target("idle CPU, demo stack polled", DEMO, IDLE, "cpu_s_per_min", "s/min", 1, "btop"),
    Target("idle CPU, demo stack polled", DEMO, IDLE, "cpu_s_per_min", "s/min", 1 / 3,
           "lazydocker"),
    Target("idle CPU, nothing to poll", "switchboard/nothing", IDLE, "cpu_s_per_min", "s/min", 3,
           "floor"),
    Target("RSS", DEMO, IDLE, "rss_mb", "MB", 1, "lazydocker"),
    Target("one value changed", "switchboard/changing", IDLE, "bytes_per_refresh", "B", 2, "floor"),
    Target("none changed", "switchboard/still", IDLE, "bytes_per_s", "B/s", 0),
    Target("key to first byte, p50", DEMO, KEYS, "first_p50_ms", "ms", 3, "floor"),
    Target("key to first byte, p95", DEMO, KEYS, "first_p95_ms", "ms", 3, "floor"),
    Target("the same while every source hangs, p50", HANGING, KEYS, "first_p50_ms", "ms", 3, "floor"),
    Target("the same while every source hangs, p95", HANGING, KEYS, "first_p95_ms", "ms", 3, "floor"),
    Target("key to settled screen, p50", DEMO, KEYS, "settled_p50_ms", "ms", 1 / 10, "lazydocker"),
    Target("key to settled screen, p95", DEMO, KEYS, "settled_p95_ms", "ms", 1 / 10, "lazydocker"),
    Target("bytes a key", DEMO, KEYS, "bytes_per_key", "B", 1.5, "htop"),
    Target("bytes a key", DEMO, KEYS, "bytes_per_key", "B", 3, "floor"),
    Target("CPU a key", DEMO, KEYS, "cpu_ms_per_key", "ms", 1.5, "htop"),
    Target("CPU a key", DEMO, KEYS, "cpu_ms_per_key", "ms", 3, "floor"),
    Target("idle CPU with a full history", FULL, IDLE, "cpu_s_per_min", "s/min", 1.1, MANY),
    Target("CPU a key with a full history", FULL, KEYS, "cpu_ms_per_key", "ms", 1.1, MANY),
    Target("idle CPU, 3,000 containers", CONTAINERS, IDLE, "cpu_s_per_min", "s/min", 9),
    Target("key to first byte, 3,000 containers, p95", CONTAINERS, KEYS, "first_p95_ms", "ms", 16),
    Target("key to first byte, 100,000 lines a second, p95", WRITING, KEYS, "first_p95_ms", "ms", 5),
    Target("preview while every other source hangs, p95", DEAD, "preview", "preview_p95_ms", "ms", 50),
    Target("previews that never came", DEAD, "preview", "without_preview", "", 0),
    Target("between two polls during an act, p95", ACTING, IDLE, "poll_gap_p95_ms", "ms", 1.1, CHANGING),
    Target("100 resizes in 2 s, screen right after", DEMO, RESIZE, "right", "", words="right"),
    Target("100 resizes in 2 s, CPU", DEMO, RESIZE, "cpu_s", "s", 1, "floor"),
    Target("keys at once, lost", DEMO, FLOOD, "lost", "", words="none"),
    Target("keys at once, paints", DEMO, FLOOD, "paints_per_s", "a second", 30),
    Target("keys at once, bytes", DEMO, FLOOD, "bytes", "B", 300_000),
    Target("keys at once, CPU", DEMO, FLOOD, "cpu_s", "s", 0.3),
    Target("terminal restored", DEMO, "exits", "", "", words="all ways to end"),
)


def figure(results, program, phase, name):
    """One figure of a program, and whether it is a constant; None where there is neither."""
    value = results.get(program, {}).get(phase, {}).get(name)
    if value is not None:
        return value, False
    value = CONSTANTS.get(program, {}).get(phase, {}).get(name)
    return value, value is not None


def _judge_words(target, results):
    if target.phase == "exits":
        found = results.get(target.program, {}).get("exits")
        measured = None if not found else all(how["ok"] for how in found.values())
        return Outcome(target, measured, None, False, measured)
    measured, _ = figure(results, target.program, target.phase, target.figure)
    wanted = target.figure != "lost"
    return Outcome(target, measured, None, False, None if measured is None else measured is wanted)


def judge(target, results):
    if target.words:
        return _judge_words(target, results)
    measured, _ = figure(results, target.program, target.phase, target.figure)
    compared, is_constant = None, False
    most = target.factor
    if target.than:
        compared, is_constant = figure(results, target.than, target.phase, target.figure)
        most = None if compared is None else compared * target.factor
    is_met = None if measured is None or most is None else measured <= most
    return Outcome(target, measured, compared, is_constant, is_met)


def as_json(outcome):
    target = outcome.target
    return {"what": target.what, "target": str(target), "unit": target.unit,
            "measured": outcome.measured, "compared": outcome.compared,
            "is_constant": outcome.is_constant, "is_met": outcome.is_met}
