"""The command line of the benchmark."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from . import logs, parts, report, suite, targets
from .programs import ALL_PHASES
from .runner import Runner, say

TOOLS = os.path.join(parts.PROJECT, ".build", "bench")
#: Rounds, seconds of an idle window, keys one by one, keys at once, megabytes of a log.
FULL = {"rounds": 3, "idle": 20.0, "keys": 50, "flood": 10_000, "logs": 1_000}
QUICK = {"rounds": 1, "idle": 5.0, "keys": 20, "flood": 2_000, "logs": 100}


def _names(known):
    def read(text):
        words = [word for word in text.split(",") if word]
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(f"{word}: not one of {', '.join(known)}")
        return words
    return read


def _patterns(text):
    words = [word for word in text.split(",") if word]
    for word in words:
        if not suite.chosen([word]):
            known = ", ".join(suite.PROGRAMS)
            raise argparse.ArgumentTypeError(f"{word}: fits none of {known}")
    return words


def _at_least(least, kind):
    def read(text):
        value = kind(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{text}: less than {least}")
        return value
    return read


def options(words):
    parser = argparse.ArgumentParser(
        prog="bench", description="Measures the console beside its peers and the floor, in one run "
        "and in rounds, so that noise meets all alike; prints what the targets say of it.")
    add = parser.add_argument
    add("--rounds", type=_at_least(1, int), help=f"medians of so many rounds ({FULL['rounds']})")
    add("--only", type=_patterns, default=list(suite.PROGRAMS), metavar="NAME,…",
        help="these programs alone; patterns such as 'switchboard*'")
    add("--phases", type=_names(ALL_PHASES), default=list(ALL_PHASES), metavar="PHASE,…",
        help=f"these phases alone; the start always is: {', '.join(ALL_PHASES)}")
    add("--quick", action="store_true", help="one round of short phases: no figures to keep")
    add("--idle", type=_at_least(1, float), help=f"seconds of an idle window ({FULL['idle']:g})")
    add("--keys", type=_at_least(2, int), help=f"keys whose latency is measured ({FULL['keys']})")
    add("--flood", type=_at_least(100, int), help=f"keys at once ({FULL['flood']})")
    add("--logs", type=_at_least(0, int), metavar="MB",
        help=f"a log of so many megabytes, opened and searched ({FULL['logs']}); 0 leaves it out, as --only does")
    add("--json", metavar="FILE", help="everything that was measured, each round of it")
    add("--screens", metavar="DIR", help="the screen of each program, once it is ready")
    add("--console", default=suite.CONSOLE, metavar="PATH", help="the switchboard to measure")
    chosen = parser.parse_args(words)
    if chosen.logs is None and chosen.only != list(suite.PROGRAMS):
        chosen.logs = 0
    for name, value in (QUICK if chosen.quick else FULL).items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, value)
    chosen.only = suite.chosen(chosen.only)
    chosen.console = os.path.abspath(chosen.console)
    chosen.columns, chosen.rows = 160, 48
    return chosen


def measure(chosen):
    """The results by program, in the order of the suite."""
    parts.build(TOOLS)
    # Short, for the sockets in it; open to the stack's user, who must pass through it.
    directory = tempfile.mkdtemp(prefix="sb-bench-")
    os.chmod(directory, 0o711)
    try:
        with suite.surroundings(chosen.only, directory, TOOLS, chosen.console) as around:
            programs, missing = suite.make(chosen.only, around)
            for name, reason in missing.items():
                say(f"  {name}: not measured: {reason}")
            results = {name: {"missing": reason} for name, reason in missing.items()}
            runner = Runner(os.path.join(TOOLS, "leader"), directory, chosen)
            results.update(runner.run(programs))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return {name: results[name] for name in chosen.only}


def measure_logs(chosen):
    """A large log, opened and searched; None if it is left out."""
    if not chosen.logs:
        return None
    directory = tempfile.mkdtemp(prefix="sb-bench-")
    try:
        say(f"  a log of {chosen.logs} MB")
        return logs.measure(chosen.console, directory, chosen.logs, chosen.rounds)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def failures(outcomes, results):
    """What of our own couldn't be measured, or died meanwhile: a peer may be missing, we may not."""
    for name, result in results.items():
        if suite.is_ours(name) and "missing" in result:
            yield f"{name}: {result['missing']}"
        if suite.is_ours(name) and "died_in" in result:
            yield f"{name}: died in {result['died_in']}"
    for outcome in outcomes:
        target = outcome.target
        if outcome.measured is None and "missing" not in results[target.program]:
            yield f"{target.program}: {target.what}"


def show(chosen, outcomes, results, of_logs):
    blocks = [report.conditions(chosen, os.cpu_count()),
              report.outcomes(outcomes, results) if outcomes else "",
              report.programs(results), report.exits(results), logs.show(of_logs) if of_logs else ""]
    print("\n\n".join(block for block in blocks if block), flush=True)
    if chosen.json:
        kept = {name: getattr(chosen, name) for name in (*FULL, "columns", "rows")}
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump({"cores": os.cpu_count(), "options": kept, "results": results, "logs": of_logs,
                       "targets": [targets.as_json(outcome) for outcome in outcomes]},
                      file, indent=1, ensure_ascii=False)
            file.write("\n")


def _stop(number, _):
    raise SystemExit(128 + number)


def main(words):
    chosen = options(words)
    # Whoever ends us must not leave servers behind: an exception passes through every `finally`.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        results = measure(chosen)
        of_logs = measure_logs(chosen)
    except KeyboardInterrupt:
        return 130
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"bench: nothing measured: {error}", file=sys.stderr)
        return 1
    outcomes = [targets.judge(target, results) for target in targets.TARGETS
                if target.program in chosen.only and target.phase in ("start", *chosen.phases)]
    show(chosen, outcomes, results, of_logs)
    problems = list(failures(outcomes, results))
    if of_logs and not (of_logs["open"] and all(row["switchboard"] for row in of_logs["search"].values())):
        problems.append("a log in a file")
    for problem in problems:
        print(f"bench: not measured: {problem}", file=sys.stderr)
    return 1 if problems else 0
