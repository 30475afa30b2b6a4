"""The programs that are measured, and what each needs around it."""

import contextlib
import fnmatch
import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass

from . import parts, settings, state
from .programs import Program
from .runner import say

CONSOLE = os.path.join(parts.PROJECT, ".build", "release", "switchboard")
#: The last line of the console's first frame.
CONSOLE_READY = r"\? help"
#: The variables that the demo stack's configuration refers to.
DEMO_VARIABLES = ("SWITCHBOARD_CONFIG", "OPS_EMAIL", "OPS_PASSWORD", "RABBITMQ_PASS")
MANY_DATA = r"(?s)(?=.*service-00 +)(?=.*● celery +12 ready)"
#: So long the processes of the eventful server stop and start: four polls, two seconds apart.
MANY_WARM_UP = 11.0
#: So long the first look at each of thousands of containers takes.
CONTAINERS_WARM_UP = 20.0
SCRIPTED = ("still", "changing", "acting", "hang", "many", "eventful", "engine")
#: Begins an act of ten minutes, and leaves it in the background.
BEGIN_ACT = (":", *"benchmark", "Enter", 0.5, "y", 0.5, "Escape")


@dataclass
class Surroundings:
    """Where things are while the parts run; what isn't needed, or can't be had, is None."""

    directory: str
    tools: str
    console: str
    engine: str | None = None
    stack: dict | None = None
    ports: dict | None = None
    writer: str | None = None

    def settings(self, name, text, **values):
        """The environment of a console with this configuration."""
        return settings.write(self.directory, name, text.format(**values))


def _floor(name):
    return lambda around: Program(name, [os.path.join(around.tools, name)], ready="service-39")


def _htop(_):
    return Program("htop", ["htop"], ready="Load average")


def _btop(_):
    return Program("btop", ["btop"], ready="proc┌┐filter")


def _lazydocker(around):
    # pip puts it beside the interpreter that runs this; make's PATH doesn't know that place.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    return Program("lazydocker", ["lazydocker"], ready="Containers",
                   data=f"service-{parts.CONTAINERS}",
                   environment={"DOCKER_HOST": around.engine, "PATH": path})


def _console(name, around, environment, **words):
    return Program(name, [around.console], ready=CONSOLE_READY, environment=environment, **words)


def _demo(around):
    return _console(
        "switchboard", around, {name: around.stack[name] for name in DEMO_VARIABLES},
        before_flood=("1",),
        data=r"(?s)(?=.*● redis +healthy)(?=.*● celery +\d+ ready)(?=.*need attention)")


def _nothing(around):
    return _console("switchboard/nothing", around, around.settings("nothing", settings.NOTHING),
                    phases=("start", "idle"))


def _data(around):
    environment = around.settings(
        "data", settings.DATA, project=settings.PROJECT_NAME, engine=around.engine,
        postgres=around.stack["STACK_PG_URL"], api=around.stack["STACK_BACKEND_URL"])
    services = rf"(?=.*service-{parts.CONTAINERS} )(?=.*● backend +answers)"
    return _console("switchboard/data", around, environment, phases=("start",),
                    data=rf"(?s){services}(?=.*need attention)")


def _polls(port):
    def times():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/times", timeout=5) as answer:
            return json.load(answer)
    return times


def _queue(kind, configuration=settings.QUEUE, prepare=("6",)):
    def make(around):
        environment = around.settings(kind, configuration, port=around.ports[kind])
        # The alerts' view: there the one rule's value is all that the queue's depth changes.
        return _console(f"switchboard/{kind}", around, environment, phases=("start", "idle"),
                        data=r"● celery +1[23] ready", prepare=prepare, within_minute=True,
                        polls=None if kind == "still" else _polls(around.ports[kind]))
    return make


def _many(around):
    environment = around.settings("many", settings.MANY, port=around.ports["many"])
    return _console("switchboard/many", around, environment, phases=("start", "idle", "keys"),
                    data=MANY_DATA, warm_up=MANY_WARM_UP)


def _full(around):
    environment = around.settings("full", settings.MANY, port=around.ports["eventful"])
    environment["XDG_STATE_HOME"] = state.write(around.directory, "bench")
    return _console("switchboard/full", around, environment, phases=("start", "idle", "keys"),
                    data=MANY_DATA, warm_up=MANY_WARM_UP)


def _containers(around):
    environment = around.settings("containers", settings.CONTAINERS, port=around.ports["engine"])
    return _console("switchboard/containers", around, environment, phases=("start", "idle", "keys"),
                    data=r"service-0007 +unhealthy", warm_up=CONTAINERS_WARM_UP)


def _hanging(around):
    return _console("switchboard/hanging", around,
                    around.settings("hanging", settings.HANGING, port=around.ports["hang"]),
                    phases=("start", "idle", "keys"))


def _writing(around):
    environment = around.settings("writing", settings.WRITING, socket=around.writer)
    return _console("switchboard/writing", around, environment, phases=("start", "idle", "keys"),
                    data=r"writer ", prepare=("5", 4.0), keys=("Up", "Down"), warm_up=3.0)


def _dead(around):
    environment = around.settings("dead", settings.DEAD, port=around.ports["hang"],
                                  supervisor=around.ports["many"])
    return _console("switchboard/dead", around, environment, phases=("start", "preview"),
                    data=r"service-00 +", prepare=("1", "/", *"service-00", "Enter"),
                    preview=("r", "RESTART service", "Escape"))


#: name: (what it needs around it, how it is made, what it is)
PROGRAMS = {
    "floor": ((), _floor("floor"), "one line a second, in C"),
    "floor-swift": ((), _floor("floor-swift"), "the same in static Swift with Foundation"),
    "htop": ((), _htop, ""),
    "btop": ((), _btop, ""),
    "lazydocker": (("engine",), _lazydocker, ""),
    "switchboard": (("stack",), _demo, "the demo stack, all sources at their defaults"),
    "switchboard/nothing": ((), _nothing, "nothing to poll"),
    "switchboard/data": (("engine", "stack"), _data, "containers, rows and one HTTP check"),
    "switchboard/changing": (("scripted",), _queue("changing"), "one value changes each second"),
    "switchboard/acting": (("scripted",), _queue("acting", settings.ACTING, BEGIN_ACT),
                           "the same during an act"),
    "switchboard/still": (("scripted",), _queue("still"), "the same, and it doesn't change"),
    "switchboard/many": (("scripted",), _many, "100 services and 200 queues, no history"),
    "switchboard/full": (("scripted",), _full, "the same with a full history"),
    "switchboard/containers": (("scripted",), _containers, "3,000 containers"),
    "switchboard/writing": (("writer",), _writing, "a log of 100,000 lines a second"),
    "switchboard/dead": (("scripted",), _dead, "a supervisor, and no source that answers"),
    "switchboard/hanging": (("scripted",), _hanging, "no source ever answers"),
}


def is_ours(name):
    """Whether it must be there: the console and the floors; peers need not."""
    return name.partition("/")[0] in ("switchboard", "floor", "floor-swift")


def chosen(patterns):
    """The names that any of the patterns fits, in the suite's order."""
    return [name for name in PROGRAMS
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def _start_engine(stack, around):
    try:
        return stack.enter_context(parts.docker_engine(os.path.join(around.directory, "engine")))
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        say(f"  no Docker Engine: {error}")
        return None


def _start_demo(stack, around):
    log = os.path.join(around.directory, "stack.log")
    try:
        return stack.enter_context(
            parts.demo_stack(os.path.join(around.directory, "stack"), log))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        with contextlib.suppress(OSError), open(log, encoding="utf-8") as file:
            say("".join(file.readlines()[-5:]).rstrip())
        say(f"  no demo stack: {error}")
        return None


def _start_writer(stack, around):
    try:
        return stack.enter_context(parts.writing(os.path.join(around.directory, "writer")))
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        say(f"  no supervisor: {error}")
        return None


@contextlib.contextmanager
def surroundings(names, directory, tools, console):
    """Starts what the named programs need; ends all of it afterwards."""
    needed = {need for name in names for need in PROGRAMS[name][0]}
    around = Surroundings(directory, tools, console)
    with contextlib.ExitStack() as stack:
        if "engine" in needed:
            around.engine = _start_engine(stack, around)
        if "stack" in needed:
            around.stack = _start_demo(stack, around)
        if "writer" in needed:
            around.writer = _start_writer(stack, around)
        if "scripted" in needed:
            ports = stack.enter_context(parts.scripted(*SCRIPTED))
            around.ports = dict(zip(SCRIPTED, ports))
        yield around


def make(names, around):
    """The programs, and by name why one can't be measured."""
    programs, missing = [], {}
    there = {"engine": around.engine, "stack": around.stack, "scripted": around.ports,
             "writer": around.writer}
    for name in names:
        needs, build, about = PROGRAMS[name]
        lacking = [need for need in needs if there[need] is None]
        if lacking:
            missing[name] = f"no {' and no '.join(lacking)}"
        else:
            program = build(around)
            program.about = about
            programs.append(program)
    return programs, missing
