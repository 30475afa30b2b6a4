"""What can go wrong, one function a fault, and `heal`, which undoes them all."""

import os
import shutil
import signal
import time

from . import monitoring, probes, rabbit, slow, supervise, sweep
from .state import StackError

#: How long `heal` waits; RabbitMQ's start is the longest part of it.
HEAL_DEADLINE = 60.0


def _stop(name):
    return lambda stack: supervise.Supervisor(stack).stop(name)


def _freeze(name):
    return lambda stack: sweep.send([supervise.Supervisor(stack).pid(name)], signal.SIGSTOP)


def _freeze_tree(name):
    return lambda stack: sweep.send(sweep.tree(supervise.Supervisor(stack).pid(name)), signal.SIGSTOP)


def _flag_only(stack):
    """The flag is all there is to it: the services look at it."""


def _backend_broken(stack):
    supervisor = supervise.Supervisor(stack)
    supervisor.stop("backend")
    supervisor.start("backend")


def _db_frozen(stack):
    """The postmaster first: it must not notice that its children are stopped."""
    for _ in range(3):
        sweep.send(sweep.postgres_processes(stack.data_directory), signal.SIGSTOP)


def _orphan_queue(stack):
    management = rabbit.Management(stack)
    management.declare("default")
    management.publish("default", "{}")


def _queue_backlog(stack):
    """Some at once, over the broker's own protocol; the workload tops it up."""
    import pika
    connection = pika.BlockingConnection(pika.URLParameters(stack.amqp_url))
    channel = connection.channel()
    lacking = 1300 - channel.queue_declare("celery", passive=True).method.message_count
    from .worker.message import scenario_task
    for _ in range(max(0, lacking)):
        body, properties = scenario_task()
        channel.basic_publish("", "celery", body, pika.BasicProperties(**properties))
    connection.close()


def _slow_provider(stack):
    with _database(stack) as cursor:
        slow.lift(cursor, stack.schema)


def _prometheus_empty(stack):
    supervisor = supervise.Supervisor(stack)
    supervisor.stop("prometheus")
    shutil.rmtree(stack.path("prometheus", "data"))
    stack.make("prometheus", "data")
    stack.write(monitoring.configuration(stack, empty=True), "prometheus", "prometheus.yml")
    supervisor.start("prometheus")
    # Until it is ready it answers 503: the fault is that it answers, with nothing.
    end = time.monotonic() + 10
    while not probes.is_ready(stack) and time.monotonic() < end:
        time.sleep(0.05)


class _database:
    """A cursor that commits each statement, with deadlines."""

    def __init__(self, stack):
        import psycopg2
        self.connection = psycopg2.connect(stack.postgres_url, connect_timeout=5,
                                           options="-c statement_timeout=5s")
        self.connection.autocommit = True

    def __enter__(self):
        return self.connection.cursor()

    def __exit__(self, *_):
        self.connection.close()


FAULTS = {
    "backend-down": (_stop("backend"), "the backend is stopped"),
    "backend-hung": (_freeze("backend"), "SIGSTOP: it accepts and never answers; a restart helps"),
    "backend-broken": (_backend_broken, "it starts and never answers, after any restart, until heal"),
    "db-down": (_stop("postgres"), "PostgreSQL is stopped"),
    "db-frozen": (_db_frozen, "SIGSTOP of the postmaster and all its children"),
    "redis-down": (_stop("redis"), "Redis is stopped"),
    "redis-frozen": (_freeze("redis"), "SIGSTOP of Redis: every call of the API hangs"),
    "rabbit-down": (_stop("rabbitmq"), "RabbitMQ is stopped"),
    "queue-backlog": (_queue_backlog, "over 1,000 messages wait in `celery`, and stay"),
    "orphan-queue": (_orphan_queue, "a queue `default` with a message and no consumer"),
    "worker-down": (_stop("celery-worker"), "nobody consumes `celery`"),
    "worker-frozen": (_freeze_tree("celery-worker"),
                      "SIGSTOP of the worker and its children: it keeps its consumers and takes nothing"),
    "slow-provider": (_slow_provider, "the provider's p95 of 15 minutes is above 5 s"),
    "prometheus-empty": (_prometheus_empty, "Prometheus answers and has no data"),
    "prometheus-down": (_stop("prometheus"), "Prometheus is stopped"),
    "quick-test-fails": (_flag_only, "whatever script is executed, its validation fails"),
    "quick-test-slow": (_flag_only, "a quick test answers late, and meanwhile a colleague's same script fails"),
    "quick-test-errors": (_flag_only, "whatever script is executed, it crashes with a 500"),
}


def apply(stack, name):
    if not supervise.Supervisor(stack).answers():
        raise StackError(f"no supervisor answers in {stack.directory}: `stack up` starts it again")
    # The flag first: a part that looks at it must find it when it is restarted.
    stack.write(f"{time.time()}\n", "faults", name)
    try:
        FAULTS[name][0](stack)
    except BaseException:
        os.unlink(stack.flag(name))
        raise
    print(f"fault {name}: {FAULTS[name][1]}")
    return 0


def heal(stack):
    """Undoes whatever is wrong, whether a fault of ours did it or somebody else."""
    began = time.monotonic()
    supervisor = supervise.Supervisor(stack)
    if not supervisor.answers():
        raise StackError(f"no supervisor answers in {stack.directory}: `stack up` starts it again")
    active = stack.active_faults()
    for name in active:
        os.unlink(stack.flag(name))
    sweep.send(sweep.marked_processes(stack.directory), signal.SIGCONT)
    if "prometheus-empty" in active:
        stack.write(monitoring.configuration(stack), "prometheus", "prometheus.yml")
        supervisor.stop("prometheus")
    if "backend-broken" in active:
        supervisor.stop("backend")
    for name, process in supervisor.processes().items():
        if process["statename"] != "RUNNING":
            supervisor.start(name)
    chores = {"queues": _tidy_queues, "rows": _tidy_rows, "locks": _tidy_redis}
    waiting = list(supervise.PROGRAMS)
    wrong = {}
    while waiting or chores:
        for name in list(waiting):
            wrong[name] = probes.complaint(stack, name, timeout=1.0)
            if wrong[name] is None:
                waiting.remove(name)
        for name, chore in list(chores.items()):
            try:
                chore(stack)
                del chores[name]
            except Exception as error:
                # Its server is not up again yet: the deadline is ours.
                wrong[name] = f"{type(error).__name__}: {error}"
        if time.monotonic() - began > HEAL_DEADLINE:
            left = "; ".join(f"{name}: {wrong.get(name)}" for name in waiting + list(chores))
            raise StackError(f"not healed after {HEAL_DEADLINE:g} s: {left}")
        time.sleep(0.05)
    print(f"healed in {time.monotonic() - began:.1f} s"
          + (f" ({', '.join(active)})" if active else ", nothing was broken by us"))
    return 0


def _tidy_queues(stack):
    """Purges until little is left: the worker holds a few, and gives them back
    when it is stopped in between."""
    management = rabbit.Management(stack)
    management.delete("default")
    management.purge("celery")
    found = management.queue("celery")
    if found.get("messages", 0) > 50:
        raise probes.NotYet(f"{found['messages']} messages in `celery`")


def _tidy_rows(stack):
    with _database(stack) as cursor:
        slow.remove(cursor)


def _tidy_redis(stack):
    """Locked accounts and spent budgets are forgotten."""
    import redis
    store = redis.Redis.from_url(stack.redis_url, socket_timeout=2)
    for pattern in ("auth:failures:*", "rate-limit:*"):
        for key in store.scan_iter(pattern):
            store.delete(key)
