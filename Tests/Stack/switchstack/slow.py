"""The slow provider: step executions that took between six and twelve seconds."""

import random

from .data import rows, scenarios

#: Their executions are known by the user, and are taken away again by it.
USER = "test_user_slow_provider"


def add(cursor, schema, count):
    """Slow steps of a moment ago, in one execution without a run."""
    writer = rows.Writer(cursor, schema)
    scenario = scenarios.SCENARIOS[0]
    now = rows.utc_now()
    execution = writer.execution(scenario, now, status="completed")
    cursor.execute("UPDATE multi_turn_executions SET user_id = %s, completed_at = %s WHERE id = %s",
                   (USER, now, execution))
    for _ in range(count):
        writer.step(execution, scenario, 1, now, random.randint(6000, 12000))


def lift(cursor, schema):
    """Adds enough at once that the p95 of the last 15 minutes shows it."""
    cursor.execute("SELECT count(*) FROM step_executions WHERE response_time_ms IS NOT NULL"
                   " AND executed_at > now() - interval '15 minutes'")
    add(cursor, schema, max(20, cursor.fetchone()[0] // 4))


def remove(cursor):
    cursor.execute("DELETE FROM step_executions WHERE multi_turn_execution_id IN"
                   " (SELECT id FROM multi_turn_executions WHERE user_id = %s)", (USER,))
    cursor.execute("DELETE FROM multi_turn_executions WHERE user_id = %s", (USER,))
