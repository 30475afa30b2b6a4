"""The seed: a day of runs that have failed in the six ways that were seen."""

import datetime
import hashlib
import os
import random

from . import scenarios
from .rows import Writer, new_id, utc_now

#: What "Demo: Weather Query" fails with in regression runs, though it passes
#: as a quick test: more than half of the failures seen were this one.
MISSING_TIME = ("Missing entity: 'time'",)

CATEGORIES = ("Other", "Weather", "Reservation", "Smart Home")


def password_hash(password, salt="demo"):
    return f"sha256${salt}$" + hashlib.sha256((salt + password).encode()).hexdigest()


def schema_sql(schema):
    path = os.path.join(os.path.dirname(__file__), f"schema_{schema}.sql")
    with open(path, encoding="utf-8") as file:
        return file.read()


def fill(connection, stack):
    """Creates the tables and the rows, in one transaction."""
    with connection, connection.cursor() as cursor:
        cursor.execute(schema_sql(stack.schema))
        writer = Writer(cursor, stack.schema)
        now = utc_now()
        people(writer, stack, now)
        library(writer, now - datetime.timedelta(days=3))
        history(writer, now, random.Random(20))
        console_role(cursor, stack.schema)


#: What the console reads; a test compares it with what README tells to grant.
CONSOLE_ROLE = """\
CREATE ROLE switchboard LOGIN PASSWORD '...';
GRANT CONNECT ON DATABASE voiceai_testing TO switchboard;
GRANT USAGE ON SCHEMA public TO switchboard;
GRANT SELECT ON suite_runs, multi_turn_executions, voice_test_executions, step_executions,
  validation_results, validation_queue, scenario_scripts TO switchboard;
-- Read where a validation is opened; without them it says so:
GRANT SELECT ON human_validations, expected_outcomes, defects TO switchboard;
"""


def console_role(cursor, schema):
    """The role that the console connects as: it may read what it shows, and no more."""
    statements = CONSOLE_ROLE
    if schema == "runbook":
        statements = statements.replace("suite_runs", "test_runs")
    cursor.execute(statements)


def people(writer, stack, now):
    writer.insert("users", id=scenarios.TENANT, tenant_id=scenarios.TENANT, role="org_admin",
                  email=stack.facts["email"], username="ops", full_name="On-call Engineer",
                  password_hash=password_hash(stack.facts["password"]), is_active=True,
                  created_at=now, updated_at=now, is_organization_owner=True,
                  organization_name="Demo")


def library(writer, at):
    """The scenarios, in the order in which the API lists them."""
    writer.insert("test_suites", id=scenarios.SUITE, tenant_id=scenarios.TENANT, is_active=True,
                  name="Ops Smoke Suite", description="console quick test", category="smoke",
                  created_by=scenarios.TENANT, created_at=at, updated_at=at)
    for number, scenario in enumerate(scenarios.SCENARIOS):
        made = at + datetime.timedelta(milliseconds=number)
        writer.insert("scenario_scripts", id=scenario.id, tenant_id=scenarios.TENANT,
                      name=scenario.name, description=scenario.description, is_active=True,
                      script_metadata={"tags": list(scenario.tags or ("test",)),
                                       "category": scenario.category, "priority": "high"},
                      created_by=scenarios.TENANT, approval_status="draft",
                      validation_mode="hybrid", created_at=made, updated_at=made)
        for order, utterance in enumerate(scenario.utterances, 1):
            writer.insert("scenario_steps", id=scenario.step_id(order), script_id=scenario.id,
                          step_order=order, user_utterance=utterance,
                          step_metadata={"language_code": scenario.language},
                          created_at=made, updated_at=made)
        writer.insert("expected_outcomes", id=scenario.outcome_id,
                      outcome_code=scenario.name.upper().replace(" ", "_")[:100],
                      name=scenario.name, scenario_step_id=scenario.step_id(1),
                      expected_command_kind=scenario.expected or scenario.command,
                      expected_asr_confidence_min=0.7, tenant_id=scenarios.TENANT,
                      created_at=made, updated_at=made)


def history(writer, now, chance):
    """Forty runs of the last day, the newest minutes old, and quick tests."""
    for number in range(40):
        # Denser towards now: the last quarter of an hour has rows to measure.
        minutes = 4 + 23.5 * 60 * (number / 39) ** 2
        at = now - datetime.timedelta(minutes=minutes)
        if number % 9 == 4:
            crashed_run(writer, at)
        elif number % 9 == 7:
            retry(writer, at, chance)
        elif number == 12:
            clean_run(writer, at, chance)
        elif number == 21:
            writer.run("Category Run: Other", "cancelled", at, at, total=17, category="Other")
        else:
            mixed_run(writer, at, chance, size=33 if number == 3 else chance.choice((1, 2, 3, 4, 6)))
    running(writer, now - datetime.timedelta(minutes=1))
    for hours in (2, 5, 11):
        # Quick tests belong to no run.
        writer.whole_execution(scenarios.BY_NAME["Test: TTS Failure"],
                               now - datetime.timedelta(hours=hours), 0, crash=scenarios.TTS_ERROR)
    writer.whole_execution(scenarios.SCENARIOS[0], now - datetime.timedelta(hours=1), 640)


def milliseconds(chance):
    """How long the provider took; 95 in 100 answer below 1.3 s."""
    return min(1700, int(chance.lognormvariate(6.4, 0.32)))


def crashed_run(writer, at):
    """Status failed: every execution crashed, and there are no results."""
    run = writer.run("Category Run: Other", "failed", at, at + datetime.timedelta(seconds=0.2),
                     total=3, failed=3, category="Other")
    for name in ("Test: CommandKind Match PASS", "Test: CommandKind Mismatch FAIL",
                 "Test: NoResultCommand FAIL"):
        _, _, at = writer.whole_execution(scenarios.BY_NAME[name], at, 0, run=run,
                                          crash=scenarios.TTS_ERROR)


def clean_run(writer, at, chance):
    run = new_id()
    writer.run("Category Run: Weather", "completed", at, at + datetime.timedelta(seconds=3),
               total=2, passed=2, failed=0, category="Weather", run=run)
    for scenario in scenarios.PASSING[:2]:
        writer.whole_execution(scenario, at, milliseconds(chance), run=run)


def mixed_run(writer, at, chance, size=3, trigger=None):
    """Status completed, and yet some results are auto_fail. The counters are
    the framework's own: sometimes they say that everything passed."""
    run = new_id()
    suite = scenarios.SUITE if size > 20 else None
    category = None if suite else chance.choice(CATEGORIES)
    name = "Suite Run: Ops Smoke Suite" if suite else f"Category Run: {category}"
    writer.run(name, "completed", at, at, total=size, passed=0, failed=0, category=category,
               suite=suite, trigger=trigger, run=run)
    passed, moment = 0, at
    for _ in range(size):
        scenario, failing = choose(chance)
        review = not failing and not scenario.errors and chance.random() < 0.5
        _, fine, moment = writer.whole_execution(scenario, moment, milliseconds(chance), run=run,
                                                 failing=failing, review=review, suite=suite)
        passed += fine
    # A run of one whose only result is auto_fail counts as passed.
    counted = 1 if size == 1 else passed
    writer.cursor.execute(
        f"UPDATE {writer.runs} SET passed_tests = %s, failed_tests = %s, completed_at = %s,"
        " updated_at = %s WHERE id = %s", (counted, size - counted, moment, moment, run))
    return run


def choose(chance):
    """A scenario and, for some, a failure that is not its usual one."""
    drawn = chance.random()
    if drawn < 0.34:
        return scenarios.SCENARIOS[0], MISSING_TIME
    if drawn < 0.62:
        return chance.choice(scenarios.PASSING), None
    return chance.choice(scenarios.FAILING), None


def retry(writer, at, chance):
    """A retry has no name, and says in its metadata what it repeats."""
    run = writer.run(None, "completed", at, at + datetime.timedelta(seconds=1), total=1, passed=1,
                     failed=0, trigger="retry",
                     metadata={"executions": [], "scenario_ids": [scenarios.SCENARIOS[4].id],
                               "original_suite_run_id": new_id()})
    writer.whole_execution(chance.choice(scenarios.FAILING), at, milliseconds(chance), run=run)


def running(writer, at):
    """A run under way, and not for long: it is not stuck."""
    run = writer.run("Category Run: Weather", "running", at, total=2, category="Weather",
                     trigger="scheduled")
    writer.execution(scenarios.SCENARIOS[0], at, run=run)
