"""Keeps the stack moving: tasks for the worker, a run now and then, slow rows
or a backlog while a fault asks for them, and old rows taken away."""

import logging
import random
import sys
import time

import psycopg2

from . import slow, state
from .data import rows, scenarios
from .worker.celeryapp import application

log = logging.getLogger("workload")

#: More waiting than this and nothing further is published by the ordinary
#: workload: a worker that is away for hours must not fill the broker.
MOST_WAITING = 3000
#: What a backlog is kept at, well above the critical threshold of 1,000.
BACKLOG = 1250
MOST_RUNS = 400


class Workload:
    def __init__(self, stack):
        self.stack = stack
        self.celery = application(stack)
        self.connection = None
        self.channel = None

    # The queue ----------------------------------------------------------

    def waiting(self):
        """Messages ready in the queue; opens the connection if need be."""
        if self.channel is None:
            connection = self.celery.connection_for_write(connect_timeout=2)
            connection.connect()
            self.channel = connection.channel()
        return self.channel.queue_declare("celery", passive=True).message_count

    def publish(self, task, *arguments):
        # Without a result: else this client subscribes to it in Redis, and hangs with it.
        self.celery.send_task(task, arguments, queue="celery", retry=False, ignore_result=True,
                              connection=self.channel.connection.client)

    def disconnect(self):
        try:
            if self.channel is not None:
                self.channel.connection.client.close()
        except Exception:
            # Closing what is broken: there is nothing to be done about it.
            pass
        self.channel = None

    def feed(self):
        """One task, or as many as a backlog lacks."""
        waiting = self.waiting()
        lacking = 1
        if self.stack.has_fault("queue-backlog"):
            lacking = max(0, BACKLOG - waiting)
        elif waiting > MOST_WAITING:
            lacking = 0
        for _ in range(lacking):
            self.publish("tasks.execution.execute_scenario", random.choice(scenarios.SCENARIOS).id)

    # The database -------------------------------------------------------

    def cursor(self):
        if self.connection is None or self.connection.closed:
            self.connection = psycopg2.connect(self.stack.postgres_url, connect_timeout=2,
                                               application_name="voiceai-workload")
            self.connection.autocommit = True
        return self.connection.cursor()

    def finish_running(self):
        """Whatever still runs after three minutes ends: nothing gets stuck in
        a healthy stack, however long it is up."""
        writer = rows.Writer(self.cursor(), self.stack.schema)
        age = 180 / self.stack.speed
        writer.cursor.execute(
            f"UPDATE {writer.runs} SET status = 'completed', completed_at = now(), updated_at = now(),"
            " passed_tests = total_tests WHERE status = 'running'"
            f" AND updated_at < now() - interval '{age} s'")
        writer.cursor.execute(
            "UPDATE multi_turn_executions SET status = 'completed', completed_at = now(),"
            f" updated_at = now() WHERE status = 'running' AND updated_at < now() - interval '{age} s'")

    def prune(self):
        """Takes away what is older than the seed's day, and of its own runs
        all but the newest."""
        writer = rows.Writer(self.cursor(), self.stack.schema)
        cursor = writer.cursor
        cursor.execute(
            f"SELECT id FROM {writer.runs} WHERE created_at < now() - interval '26 hours' UNION"
            f" (SELECT id FROM {writer.runs} WHERE trigger_type = 'scheduled'"
            " ORDER BY created_at DESC OFFSET %s)", (MOST_RUNS,))
        gone = [row[0] for row in cursor.fetchall()]
        which = f"{writer.run_id} = ANY(%s::uuid[])"
        executions = f"SELECT id FROM multi_turn_executions WHERE {which}"
        cursor.execute(f"DELETE FROM validation_results WHERE multi_turn_execution_id IN ({executions})",
                       (gone,))
        cursor.execute(f"DELETE FROM step_executions WHERE multi_turn_execution_id IN ({executions})",
                       (gone,))
        cursor.execute(f"DELETE FROM multi_turn_executions WHERE {which}", (gone,))
        cursor.execute(f"DELETE FROM {writer.runs} WHERE id = ANY(%s::uuid[])", (gone,))

    # The clock ----------------------------------------------------------

    def run(self):
        speed = self.stack.speed
        jobs = {self.feed: 0.5 / speed, self.new_run: 20 / speed, self.slow_rows: 2,
                self.finish_running: 15, self.prune: 60}
        due = {job: time.monotonic() + (0 if job == self.feed else random.uniform(0.2, 1) * every)
               for job, every in jobs.items()}
        while True:
            job = min(due, key=due.get)
            time.sleep(max(0, due[job] - time.monotonic()))
            # Never a burst of what was missed while something was away.
            due[job] = max(due[job] + jobs[job], time.monotonic())
            try:
                job()
            except Exception as error:
                # Every part may be away at any moment: that is the point.
                log.warning(f"{job.__name__}: {type(error).__name__}: {error}")
                self.disconnect()
                self.connection = None
                due[job] = time.monotonic() + max(1.0, jobs[job])

    def new_run(self):
        if self.stack.facts["runs"] and self.waiting() < 100:
            self.publish("tasks.execution.execute_run")

    def slow_rows(self):
        if self.stack.has_fault("slow-provider"):
            slow.add(self.cursor(), self.stack.schema, 2)


def main():
    logging.basicConfig(level=logging.INFO, stream=sys.stdout,
                        format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    Workload(state.of_this_process()).run()


if __name__ == "__main__":
    main()
