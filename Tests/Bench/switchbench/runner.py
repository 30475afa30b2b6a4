"""Runs the programs through the phases, in rounds, so that noise meets all alike."""

import os
import shutil
import statistics
import sys

from . import exits, flood, phases
from .session import Session

#: What would change how a program looks or behaves, and isn't the program's own default.
UNWANTED = ("COLUMNS", "LINES", "NO_COLOR", "CLICOLOR", "SWIFT_BACKTRACE", "TMUX", "STY",
            "TERM_PROGRAM", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")
UNWANTED_PREFIXES = ("XDG_", "SWITCHBOARD_", "DOCKER_", "PG")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Runner:
    def __init__(self, leader, directory, options):
        self.leader, self.directory, self.options = leader, directory, options

    def environment(self, program):
        """The caller's, with a home of the program's own, so that nobody's settings count."""
        home = os.path.join(self.directory, "home", program.name.replace("/", "-"))
        os.makedirs(home, mode=0o700, exist_ok=True)
        chosen = {name: value for name, value in os.environ.items()
                  if name not in UNWANTED and not name.startswith(UNWANTED_PREFIXES)}
        chosen.update(HOME=home, TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8",
                      LC_ALL="C.UTF-8", XDG_STATE_HOME=os.path.join(home, "state"),
                      XDG_CONFIG_HOME=os.path.join(home, "config"))
        chosen.update(program.environment)
        return chosen, home

    def open(self, program):
        environment, home = self.environment(program)
        if shutil.which(program.argv[0], path=environment.get("PATH")) is None:
            raise FileNotFoundError(program.argv[0])
        return Session(self.leader, program.argv, environment, home, self.options.columns,
                       self.options.rows)

    def started(self, program):
        """A session that is ready and prepared, and the figures of its start."""
        session = self.open(program)
        try:
            figures = phases.start(session, program)
            for name in program.prepare:
                if isinstance(name, str):
                    phases.press_and_wait(session, name)
                else:
                    session.watch(name)
            return session, figures
        except BaseException:
            session.close()
            raise

    def trial(self, program):
        """One discarded start: fills caches, writes first-run files; the reason if it fails."""
        session, figures = self.started(program)
        try:
            ended = session.ended()
            if ended is not None:
                words = " ".join(session.emulator.text().split())[:200]
                return f"ended at once with {ended}: {words}"
            if figures["ready_ms"] is None:
                words = " ".join(session.emulator.text().split())[:200]
                return f"/{program.ready}/ never came: {words}"
            if self.options.screens:
                os.makedirs(self.options.screens, exist_ok=True)
                path = os.path.join(self.options.screens, f"{program.name.replace('/', '-')}.txt")
                session.watch(1)
                session.emulate()
                with open(path, "w", encoding="utf-8") as file:
                    file.write(session.emulator.text() + "\n")
            return None
        finally:
            session.close()

    def round(self, program):
        """All phases but the exits, once."""
        wanted = [phase for phase in program.phases if phase in self.options.phases]
        session, figures = self.started(program)
        result = {"start": figures}
        run = {"idle": lambda: phases.idle(session, program, self.options.idle),
               "keys": lambda: phases.keys(session, program, self.options.keys),
               "preview": lambda: phases.preview(session, program, self.options.keys),
               "resize": lambda: phases.resize(session, program),
               "flood": lambda: flood.flood(session, program, self.options.flood)}
        try:
            for phase in run:
                if phase in wanted and session.ended() is None:
                    result[phase] = run[phase]()
                    if session.ended() is not None:
                        result["died_in"] = phase
        finally:
            session.close()
        return result

    def exits(self, program):
        found = {}
        for way in exits.WAYS:
            session, _ = self.started(program)
            try:
                session.watch(0.2)
                found[way] = exits.leave(session, program, way)
            finally:
                session.close()
        return found

    def run(self, programs):
        """Results by program: {phase: {figure: median}}, `rounds`, `exits`, or `missing`: why."""
        results, able = {}, []
        for program in programs:
            try:
                reason = self.trial(program)
            except FileNotFoundError as error:
                reason = f"{error} is not there"
            results[program.name] = {"missing": reason} if reason else {"rounds": []}
            if reason:
                say(f"  {program.name}: not measured: {reason}")
            else:
                able.append(program)
        if set(self.options.phases) - {"exits"}:
            for number in range(1, self.options.rounds + 1):
                for program in able:
                    say(f"  round {number} of {self.options.rounds}: {program.name}")
                    results[program.name]["rounds"].append(self.round(program))
        for program in able:
            results[program.name].update(medians(results[program.name]["rounds"]))
            if "exits" in program.phases and "exits" in self.options.phases:
                say(f"  exits: {program.name}")
                results[program.name]["exits"] = self.exits(program)
        return results


def medians(rounds):
    """The median of each figure; of truths, the worst: right only if always, lost if ever."""
    merged = {}
    for result in rounds:
        for phase, figures in result.items():
            for name, value in figures.items() if isinstance(figures, dict) else ():
                merged.setdefault(phase, {}).setdefault(name, []).append(value)
        if "died_in" in result:
            merged.setdefault("died_in", result["died_in"])
    for phase, figures in merged.items():
        for name, values in figures.items() if isinstance(figures, dict) else ():
            known = [value for value in values if value is not None]
            if not known:
                figures[name] = None
            elif isinstance(known[0], bool):
                figures[name] = any(known) if name == "lost" else all(known)
            else:
                figures[name] = statistics.median(known)
    return merged
