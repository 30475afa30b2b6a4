"""One task as Celery writes it on the wire (protocol 2), for those who publish
many and would rather not import Celery for it."""

import json
import random
import uuid

from ..data import scenarios


def scenario_task():
    """A message for tasks.execution.execute_scenario: body and properties."""
    task, arguments = str(uuid.uuid4()), [random.choice(scenarios.SCENARIOS).id]
    body = json.dumps([arguments, {}, {"callbacks": None, "errbacks": None, "chain": None,
                                       "chord": None}])
    headers = {"lang": "py", "task": "tasks.execution.execute_scenario", "id": task,
               "root_id": task, "parent_id": None, "group": None, "retries": 0,
               "timelimit": [None, None], "argsrepr": repr(arguments), "kwargsrepr": "{}",
               "origin": "stack@localhost", "ignore_result": True}
    return body.encode(), {"content_type": "application/json", "content_encoding": "utf-8",
                           "correlation_id": task, "delivery_mode": 2, "headers": headers}
