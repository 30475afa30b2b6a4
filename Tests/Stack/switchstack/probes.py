"""Does each part answer for real? Every question has its own deadline."""

import json
import socket
import urllib.error
import urllib.request

from . import rabbit, supervise


class NotYet(Exception):
    """The part answers, but not yet as it should; the text says what is wrong."""


def _get(url, timeout):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=timeout) as reply:
        return reply.status, reply.read()


def postgres(stack, timeout):
    import psycopg2
    connection = psycopg2.connect(stack.postgres_url, connect_timeout=max(2, int(timeout)),
                                  application_name="stack-probe")
    try:
        connection.cursor().execute("SELECT 1")
    finally:
        connection.close()


def seeded(stack, timeout):
    import psycopg2
    connection = psycopg2.connect(stack.postgres_url, connect_timeout=max(2, int(timeout)))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('scenario_scripts') IS NOT NULL")
            if not cursor.fetchone()[0]:
                raise NotYet("not seeded")
    finally:
        connection.close()


def redis(stack, timeout):
    with socket.create_connection(("127.0.0.1", stack.port("redis")), timeout) as connection:
        connection.settimeout(timeout)
        connection.sendall(b"PING\r\n")
        reply = connection.recv(64)
        if not reply.startswith(b"+PONG"):
            raise NotYet(f"PING is answered with {reply!r}")


def rabbitmq(stack, timeout):
    if rabbit.Management(stack, timeout).queue() is None:
        raise NotYet("no queue `celery`")
    with socket.create_connection(("127.0.0.1", stack.port("amqp")), timeout):
        pass


def worker(stack, timeout):
    found = rabbit.Management(stack, timeout).queue()
    if not found or not found.get("consumers"):
        raise NotYet("the queue `celery` has no consumer")


def backend(stack, timeout):
    status, body = _get(stack.http("backend") + "/health", timeout)
    if status != 200 or json.loads(body)["status"] != "healthy":
        raise NotYet(f"/health: {status}")
    try:
        # Through the rate limit, and so through Redis; no login is spent on it.
        _get(stack.http("backend") + "/api/v1/scenarios/", timeout)
    except urllib.error.HTTPError as error:
        if error.code not in (401, 429):
            raise NotYet(f"the API answers {error.code} without a token") from None


def prometheus(stack, timeout):
    _, body = _get(stack.http("prometheus") + "/api/v1/query?query=up", timeout)
    # 0 is a sample too: that the backend is away is not Prometheus' fault.
    if "backend" not in {one["metric"]["job"] for one in json.loads(body)["data"]["result"]}:
        raise NotYet("no sample of the backend")


def is_ready(stack):
    """True once Prometheus answers queries, with or without data."""
    try:
        return _get(stack.http("prometheus") + "/-/ready", 1.0)[0] == 200
    except OSError:
        return False


def alertmanager(stack, timeout):
    _get(stack.http("alertmanager") + "/api/v2/status", timeout)


def supervisor_says(name):
    def probe(stack, timeout):
        state = supervise.Supervisor(stack).processes()[name]["statename"]
        if state != "RUNNING":
            raise NotYet(state.lower())
    return probe


PROBES = {"postgres": postgres, "redis": redis, "rabbitmq": rabbitmq, "prometheus": prometheus,
          "alertmanager": alertmanager, "backend": backend, "celery-worker": worker,
          "celery-beat": supervisor_says("celery-beat"), "workload": supervisor_says("workload")}


def complaint(stack, name, timeout=2.0):
    """What is wrong with a part, in a few words; None if it is well."""
    try:
        PROBES[name](stack, timeout)
    except NotYet as wrong:
        return str(wrong)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
    return None
