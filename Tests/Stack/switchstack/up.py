"""`up` and `down`: everything starts at once, and `up` is done only when every
part has answered for real."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

from . import config, monitoring, ports, probes, rabbit, supervise, sweep
from .state import Stack, StackError, run_user

#: A machine that builds at the same time may take four times as long.
DEADLINE = 90.0

MISSING = {
    "/usr/bin/redis-server": "redis-server", "/usr/bin/prometheus": "prometheus",
    "/usr/lib/rabbitmq/bin/rabbitmq-server": "rabbitmq-server",
    "/usr/bin/prometheus-alertmanager": "prometheus-alertmanager",
    "/usr/lib/postgresql": "postgresql", "/usr/bin/supervisord": "supervisor",
    "/usr/lib/python3/dist-packages/celery": "python3-celery",
    "/usr/lib/python3/dist-packages/redis": "python3-redis",
    "/usr/lib/python3/dist-packages/fastapi": "python3-fastapi",
    "/usr/lib/python3/dist-packages/uvicorn": "python3-uvicorn",
    "/usr/lib/python3/dist-packages/psycopg2": "python3-psycopg2",
    "/usr/lib/python3/dist-packages/prometheus_client": "python3-prometheus-client",
    "/usr/lib/python3/dist-packages/jwt": "python3-jwt",
}


def say(text):
    print(text, flush=True)


def up(directory, schema="current", speed=1.0, rate_limit=100, auth_rate_limit=10, runs=True):
    """Brings the stack up, or finds that it is up already. Exit code."""
    directory = os.path.realpath(directory)
    running = Stack.load(directory)
    if running is not None and supervise.Supervisor(running).answers():
        faults = running.active_faults()
        say(f"already up in {directory}" + (f", with the fault {', '.join(faults)}" if faults else ""))
        return 0
    lacking = sorted({package for path, package in MISSING.items() if not os.path.exists(path)})
    if lacking:
        raise StackError("not installed: " + " ".join(lacking))
    claim(directory, running)

    def interrupted(number, frame):
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupted)
              for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        chosen, guard = ports.take()
        with guard:
            bring_up(Stack.new(directory, chosen, schema, speed, rate_limit, auth_rate_limit, runs), guard)
        return 0
    except BaseException as error:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        sweep.sweep(directory)
        if isinstance(error, KeyboardInterrupt):
            say("interrupted: everything that was started is gone again")
            return 130
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def claim(directory, running):
    """Makes the directory ours. What is there must be a stack, or nothing:
    `down` removes the whole directory one day."""
    if os.path.isdir(directory) and os.listdir(directory) and running is None \
            and not os.path.exists(os.path.join(directory, ".switchboard-stack")):
        raise StackError(f"{directory}: neither empty nor a stack; choose another with --dir")
    if os.path.isdir(directory) and os.stat(directory).st_uid not in (os.getuid(), run_user().pw_uid):
        raise StackError(f"{directory}: belongs to somebody else; choose another with --dir")
    if os.path.exists(directory):
        if os.listdir(directory):
            say("sweeping what an earlier stack left")
        if left := sweep.sweep(directory):
            raise StackError(f"cannot end the processes {left} of an earlier stack")
    os.makedirs(directory, mode=0o755)


def prepare(stack):
    """Directories, configurations, and a copy of this code: the services' user
    may not be allowed to read the place where the project lies."""
    stack.give(stack.directory)
    stack.write("A stack of Tests/Stack; `down` removes this directory.\n", ".switchboard-stack")
    stack.make("run")
    for name in ("postgres", "redis", "rabbitmq", "prometheus", "alertmanager", "celery",
                 "home", "tmp", "log"):
        stack.make(name, mode=0o755 if name == "log" else 0o700)
    stack.make("faults")
    source = os.path.dirname(os.path.realpath(__file__))
    shutil.copytree(source, stack.path("code", "switchstack"),
                    ignore=shutil.ignore_patterns("__pycache__"))
    for folder, _, files in os.walk(stack.path("code")):
        for name in [""] + files:
            stack.give(os.path.join(folder, name))
    stack.save()
    rabbit.prepare(stack)
    monitoring.prepare(stack)
    config.write(stack)
    reachable = subprocess.run(supervise.demoted(["test", "-r", stack.path("code", "switchstack")]),
                               check=False, stdin=subprocess.DEVNULL)
    if reachable.returncode != 0:
        raise StackError(f"the user {run_user().pw_name} cannot reach {stack.directory}: "
                         "choose another with --dir")


def bring_up(stack, guard):
    began = time.monotonic()
    prepare(stack)
    say(f"stack in {stack.directory}, as {stack.facts['user']}, schema {stack.schema}, "
        f"speed {stack.speed:g}")
    daemon = supervise.start(stack, guard)
    seeding = Seeding(stack)
    seeding.start()
    waiting = list(supervise.PROGRAMS)
    complaints = {}
    while waiting or not seeding.done:
        for name in list(waiting):
            complaints[name] = probes.complaint(stack, name, timeout=1.0)
            if name == "postgres" and not seeding.done:
                complaints[name] = complaints[name] or "not seeded yet"
            if complaints[name] is None:
                waiting.remove(name)
                say(f"  {name:<14} {time.monotonic() - began:5.1f} s")
        if seeding.error:
            raise failure(stack, "postgres", f"seeding: {seeding.error}")
        if daemon.poll() is not None:
            raise failure(stack, "supervisord-start", "supervisord ended")
        for name in dead(stack, waiting):
            raise failure(stack, name, "ended")
        if time.monotonic() - began > DEADLINE:
            raise failure(stack, waiting[0], f"not up after {DEADLINE:g} s: {complaints[waiting[0]]}")
        time.sleep(0.1)
    say(f"up in {time.monotonic() - began:.1f} s")


def dead(stack, names):
    """Those of `names` that have ended by themselves."""
    try:
        processes = supervise.Supervisor(stack).processes()
    except Exception:
        # supervisord is still starting, or has ended: the caller looks at that.
        return []
    return [name for name in names
            if processes[name]["statename"] in ("EXITED", "FATAL", "BACKOFF")]


def failure(stack, name, what):
    """The error of a part that did not come up, with the end of its log."""
    try:
        with open(stack.log(name), encoding="utf-8", errors="replace") as file:
            tail = "".join(f"    {line}\n" for line in file.read().splitlines()[-25:])
    except OSError:
        tail = "    (no log)\n"
    return StackError(f"{name}: {what}; the end of its log:\n{tail}".rstrip())


class Seeding(threading.Thread):
    """Creates database and rows while the slower parts are still starting."""

    def __init__(self, stack):
        super().__init__(daemon=True)
        self.stack, self.done, self.error = stack, False, None

    def run(self):
        import psycopg2
        from .data import seed
        address = {"host": "127.0.0.1", "port": self.stack.port("postgres"), "user": "postgres",
                   "connect_timeout": 2}
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                connection = psycopg2.connect(dbname="postgres", **address)
                break
            except psycopg2.OperationalError:
                time.sleep(0.05)
        else:
            self.error = "no answer"
            return
        try:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE voiceai_testing")
            connection.close()
            connection = psycopg2.connect(dbname="voiceai_testing", **address)
            seed.fill(connection, self.stack)
            connection.close()
            self.done = True
        except psycopg2.Error as error:
            self.error = str(error).strip()


def down(directory):
    """Ends every process of the stack and removes its directory. Exit code."""
    directory = os.path.realpath(directory)
    began = time.monotonic()
    ours = os.path.exists(os.path.join(directory, ".switchboard-stack"))
    processes = sweep.marked_processes(directory)
    if not ours and not processes:
        say(f"nothing to take down in {directory}")
        return 0
    survivors = sweep.sweep(directory) if ours else sweep.kill_all(directory)
    if survivors:
        print(f"still alive: {survivors}", file=sys.stderr)
        return 1
    say(f"down in {time.monotonic() - began:.1f} s ({len(processes)} processes)")
    return 0
