"""The command line of the miniature stack."""

import argparse
import os
import sys

from . import config, faults, probes, supervise
from . import up as lifting
from .state import SCHEMAS, Stack, StackError, default_directory


def parser():
    top = argparse.ArgumentParser(
        prog="stack", description="A miniature of the watched stack: real servers on loopback "
        "ports, in a temporary directory, with faults on demand.")
    top.add_argument("--dir", metavar="DIR", help="the stack's directory (default: "
                     "$SWITCHBOARD_STACK, else switchboard-stack-UID in the temporary directory)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, text):
        command = commands.add_parser(name, help=text, description=text)
        # Also after the command, where people type it.
        command.add_argument("--dir", dest="dir_after", metavar="DIR", help=argparse.SUPPRESS)
        return command

    up = add("up", "start everything and wait until every part answers")
    up.add_argument("--schema", choices=SCHEMAS, default="current")
    up.add_argument("--speed", type=float, default=1.0, metavar="N",
                    help="run the workload, and the alerts' clocks, N times as fast")
    up.add_argument("--rate-limit", type=int, metavar="N",
                    default=int(os.environ.get("SWITCHBOARD_STACK_RATE_LIMIT", 100)),
                    help="calls of /api/* a minute and token ($SWITCHBOARD_STACK_RATE_LIMIT, 100)")
    up.add_argument("--auth-rate-limit", type=int, metavar="N",
                    default=int(os.environ.get("SWITCHBOARD_STACK_AUTH_RATE_LIMIT", 10)),
                    help="calls of /api/v1/auth/* a minute ($SWITCHBOARD_STACK_AUTH_RATE_LIMIT, 10)")
    up.add_argument("--no-runs", dest="runs", action="store_false",
                    help="no runs beside the seed's: what waits for somebody stays as it is")
    add("down", "end every process of the stack, however it died, and remove its directory")
    add("status", "one line a part; exit 0 only if every part is well")
    env = add("env", "print what a client needs, as shell exports")
    env.add_argument("--json", action="store_true", help="the same as a JSON object")
    fault = add("fault", "break something; `fault list` names the faults")
    fault.add_argument("name", metavar="NAME", choices=["list"] + sorted(faults.FAULTS))
    add("heal", "undo every fault and wait until every part is well again")
    return top


def status(stack):
    try:
        states = supervise.Supervisor(stack).processes()
    except OSError:
        states = {}
    well = True
    for name in supervise.PROGRAMS:
        wrong = probes.complaint(stack, name)
        state = states.get(name, {}).get("statename", "no supervisor").lower()
        pid = states.get(name, {}).get("pid") or "-"
        print(f"{name:<14} {'up' if wrong is None else 'DOWN':<5} {state:<14} pid {pid:<8} {wrong or ''}"
              .rstrip())
        well = well and wrong is None
    for name in stack.active_faults():
        print(f"fault          {name}")
    return 0 if well else 1


def run(arguments):
    directory = arguments.dir_after or arguments.dir or default_directory()
    command = arguments.command
    if command == "up":
        if not 0.1 <= arguments.speed <= 100:
            raise StackError("--speed: between 0.1 and 100")
        return lifting.up(directory, arguments.schema, arguments.speed, arguments.rate_limit,
                          arguments.auth_rate_limit, arguments.runs)
    if command == "down":
        return lifting.down(directory)
    if command == "fault" and arguments.name == "list":
        for name, (_, text) in sorted(faults.FAULTS.items()):
            print(f"{name:<18} {text}")
        return 0
    stack = Stack.load(directory)
    if stack is None:
        raise StackError(f"no stack in {directory}: `stack up` starts one")
    if command == "status":
        return status(stack)
    if command == "env":
        sys.stdout.write(config.as_json(stack) if arguments.json else config.exports(stack))
        return 0
    if command == "fault":
        return faults.apply(stack, arguments.name)
    return faults.heal(stack)


def main(words):
    try:
        return run(parser().parse_args(words))
    except StackError as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
