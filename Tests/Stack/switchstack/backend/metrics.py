"""`/metrics`: the names of the real backend, with its constants and its gaps."""

import time

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

REQUESTS = Counter("http_requests_total", "Total number of HTTP requests",
                   ["method", "endpoint", "status"])
DURATION = Histogram("http_request_duration_seconds", "HTTP request latency in seconds",
                     ["method", "endpoint"])
IN_PROGRESS = Gauge("http_requests_in_progress", "Number of HTTP requests in progress")

#: Exported and never set by anybody: 0 whatever happens.
for _name, _text in (("db_pool_size", "Database connection pool size"),
                     ("db_pool_checked_in", "Number of connections checked in to pool"),
                     ("db_pool_checked_out", "Number of connections checked out from pool"),
                     ("redis_connected", "Redis connection status (1 = connected, 0 = disconnected)"),
                     ("celery_tasks_in_queue", "Number of tasks waiting in Celery queue"),
                     ("celery_workers_active", "Number of active Celery workers")):
    Gauge(_name, _text).set(0)
Counter("redis_connections", "Total number of Redis connections")
Counter("celery_tasks", "Total number of Celery tasks", ["task", "status"])


def exposition():
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


class Measured:
    """ASGI middleware that counts every request under its raw path."""

    def __init__(self, app):
        self.application = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] == "/metrics":
            await self.application(scope, receive, send)
            return
        status = ["500"]
        started = time.perf_counter()

        async def noting(message):
            if message["type"] == "http.response.start":
                status[0] = str(message["status"])
            await send(message)

        IN_PROGRESS.inc()
        try:
            await self.application(scope, receive, noting)
        finally:
            IN_PROGRESS.dec()
            REQUESTS.labels(scope["method"], scope["path"], status[0]).inc()
            DURATION.labels(scope["method"], scope["path"]).observe(time.perf_counter() - started)
