"""A state directory as years of use leave it: an audit of thousands of acts, chained as the console does it."""

import hashlib
import json
import os
import time

from . import settings

#: Lines of the audit; the console reads the newest of them.
LINES = 5_000
#: From one act to the next.
SPACING = 7.0


def _lines(environment):
    previous, now = "0" * 64, time.time()
    for number in range(1, LINES + 1):
        is_end = number % 2 == 0
        at = now - SPACING * (LINES - number)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at))
        record = {"seq": number, "time": stamp, "event": "end" if is_end else "begin",
                  "act": f"act-{(number + 1) // 2}", "environment": environment,
                  "action": "service.restart", "target": settings.service(number // 2 % 100),
                  "identity": "bench", "incarnation": "1", "class": 2,
                  "exact": "supervisor.stopProcess, supervisor.startProcess", "user": "bench",
                  "sudo_user": "", "host": "elsewhere", "pid": 1}
        if is_end:
            record.update(verdict="done", duration_ms=8_200, reason="recovered in 8.2 s")
        record["previous"] = previous
        line = json.dumps(record, separators=(",", ":"))
        previous = hashlib.sha256(line.encode()).hexdigest()
        yield line + "\n", previous


def write(directory, environment):
    """Writes audit and head; gives the value of XDG_STATE_HOME with which they are found."""
    home = os.path.join(directory, "full-state")
    place = os.path.join(home, "switchboard", environment)
    os.makedirs(place, mode=0o700)
    os.chmod(os.path.dirname(place), 0o700)
    length, last = 0, ""
    with open(os.path.join(place, "audit.jsonl"), "w", encoding="utf-8") as file:
        for line, last in _lines(environment):
            file.write(line)
            length += len(line)
    with open(os.path.join(place, "audit.head"), "w", encoding="utf-8") as file:
        json.dump({"count": LINES, "bytes": length, "hash": last}, file)
    for name in ("audit.jsonl", "audit.head"):
        os.chmod(os.path.join(place, name), 0o600)
    return home
