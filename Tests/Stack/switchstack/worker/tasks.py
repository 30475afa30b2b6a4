"""The tasks. A run is written as the framework writes it, and then its task
fails all the same: Celery says FAILURE while the database says completed."""

import datetime
import logging
import random
import time

import psycopg2

from .. import state
from ..data import rows, scenarios, seed
from .celeryapp import application

stack = state.of_this_process()
app = application(stack)
log = logging.getLogger("services.multi_turn_execution_service")
_connection = None


def cursor():
    """A cursor on this process's own connection, made anew if it is lost."""
    global _connection
    if _connection is None or _connection.closed:
        _connection = psycopg2.connect(stack.postgres_url, connect_timeout=3,
                                       application_name="voiceai-celery")
        _connection.autocommit = True
    return _connection.cursor()


def nap(seconds):
    """Works for so long; for two seconds while a backlog is wanted. Looks at
    the flag all the time, so that `heal` need not wait for us."""
    end = time.monotonic() + seconds / max(1.0, stack.speed)
    slow = time.monotonic() + 2
    while time.monotonic() < end or (stack.has_fault("queue-backlog") and time.monotonic() < slow):
        time.sleep(0.02)


@app.task(name="tasks.execution.execute_scenario", ignore_result=True)
def execute_scenario(script_id, language_code="en-US"):
    """The bread and butter of the queue: some work, nothing to tell."""
    nap(random.uniform(0.05, 0.25))


@app.task(name="tasks.execution.execute_run")
def execute_run(run=None, scripts=None):
    """A run with its executions; the scheduled ones are thought up here."""
    writer = rows.Writer(cursor(), stack.schema)
    if run is None:
        run = scheduled_run(writer)
    else:
        given_run(writer, run, [scenarios.BY_ID[script] for script in scripts])
    log.info(f"Suite Run {run} completed")
    # The real task reads an attribute that its record does not have.
    raise AttributeError("'MultiTurnExecution' object has no attribute 'duration_seconds'")


def scheduled_run(writer):
    chance = random.Random()
    now = rows.utc_now()
    drawn = chance.random()
    log.info("===== STARTING MULTI-TURN SCENARIO EXECUTION =====")
    if drawn < 0.08:
        run = writer.run("Category Run: Other", "failed", now, now, total=1, failed=1,
                         category="Other", trigger="scheduled")
        scenario = chance.choice(scenarios.SCENARIOS[:-1])
        writer.whole_execution(scenario, now, 0, run=run, crash=scenarios.TTS_ERROR)
        log.error(f"✗ Suite Run {run}: {scenarios.TTS_ERROR}")
        return run
    nap(0.5)
    size = chance.choice((1, 2, 3, 5))
    # It ends about when its task does, as a real one: what is written is of the seconds that it would have taken.
    begun = now - datetime.timedelta(seconds=1.1 * size)
    return seed.mixed_run(writer, begun, chance, size=size, trigger="scheduled")


def given_run(writer, run, chosen):
    moment, passed = rows.utc_now(), 0
    for scenario in chosen:
        nap(0.4)
        _, fine, moment = writer.whole_execution(scenario, moment, random.randint(350, 900), run=run,
                                                 crash=scenario.crash or None)
        passed += fine
    writer.cursor.execute(f"UPDATE {writer.runs} SET status = 'completed', completed_at = now(),"
                          " updated_at = now(), passed_tests = %s, failed_tests = %s WHERE id = %s",
                          (passed, len(chosen) - passed, run))


@app.task(name="tasks.worker_scaling.auto_scale_workers")
def auto_scale_workers():
    return {"status": "disabled"}
