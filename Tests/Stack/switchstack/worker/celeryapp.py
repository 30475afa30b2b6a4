"""The Celery application, shared by worker, beat, workload and backend."""

from celery import Celery
from kombu import Connection

#: kombu waits 2, 4, 6 … 30 s between its attempts to reach a broker that was
#: restarted: too long for a stack that must be well again within seconds.
_ensure_connection = Connection.ensure_connection


def _impatient(self, errback=None, max_retries=None, interval_start=0.5, interval_step=0,
               interval_max=0.5, **others):
    return _ensure_connection(self, errback, max_retries, 0.5, 0, 0.5, **others)


Connection.ensure_connection = _impatient


def application(stack):
    app = Celery("voiceai", broker=stack.amqp_url, backend=stack.redis_url)
    app.conf.update(
        task_default_queue="celery", result_expires=3600, timezone="UTC",
        broker_connection_timeout=2, broker_connection_max_retries=None, broker_heartbeat=10,
        task_ignore_result=False, task_publish_retry=False, worker_hijack_root_logger=True,
        worker_redirect_stdouts_level="INFO", redis_socket_connect_timeout=2,
        beat_schedule={"auto-scale-workers": {
            "task": "tasks.worker_scaling.auto_scale_workers", "schedule": 30.0}})
    return app
