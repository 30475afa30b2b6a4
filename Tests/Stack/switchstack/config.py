"""What a client needs: the console's configuration and the environment."""

import json
import os
import shlex


def duration(seconds):
    """A duration as the configuration writes it: whole seconds, else ms."""
    milliseconds = max(1, round(seconds * 1000))
    if milliseconds % 60000 == 0:
        return f"{milliseconds // 60000}m"
    if milliseconds % 1000 == 0:
        return f"{milliseconds // 1000}s"
    return f"{milliseconds}ms"


def switchboard_yaml(stack):
    """The console's configuration of this stack. With a speed of N the alerts
    wait an Nth of the runbook's time, so that a demonstration shows them."""
    critical, warning = (duration(minutes * 60 / stack.speed) for minutes in (2, 5))
    return f"""# Written by `Tests/Stack/stack up`; gone with `down`.
version: 1
default: demo
environments:
  demo:
    label: DEMO
    color: blue
    runtime: {{kind: command, supervisor: "unix://{stack.socket}", hide: [workload]}}
    sources:
      api:        {{type: http, base: {stack.http('backend')}, login: {{email: {{env: OPS_EMAIL}}, password: {{env: OPS_PASSWORD}}}}}}
      prometheus: {{type: prometheus, url: {stack.http('prometheus')}}}
      alertmanager: {{type: alertmanager, url: {stack.http('alertmanager')}}}
      rabbitmq:   {{type: rabbitmq, url: {stack.http('rabbitmq')}, vhost: voiceai, queue: celery, worker: celery-worker, user: rabbitmq, password: {{env: RABBITMQ_PASS}}}}
      postgres:   {{type: postgres, url: {stack.console_postgres_url}}}
      redis:      {{type: redis, url: {stack.redis_url}}}
    services:
      backend:  {{class: 1, liveness: {{source: api, path: /health, when: 'status == 200 and body.status == "healthy"'}}, needs: [postgres, redis, rabbitmq]}}
      celery-worker: {{class: 1, needs: [rabbitmq, redis]}}
      postgres: {{then: [backend, celery-worker]}}
      redis: {{}}
      rabbitmq: {{}}
alerts:
  queue-critical: {{when: queue.depth > 1000 for {critical}, severity: critical, clear: queue.depth < 900, runbook: high-queue-depth, escalate: P1}}
  queue-warning:  {{when: queue.depth > 500 for {warning}, severity: warning, runbook: high-queue-depth, escalate: P3}}
"""


def client_environment(stack):
    """Everything that a client, or a test, needs to know of this stack."""
    return {
        "SWITCHBOARD_CONFIG": stack.path("switchboard.yaml"),
        "XDG_STATE_HOME": stack.path("state"),
        "OPS_EMAIL": stack.facts["email"],
        "OPS_PASSWORD": stack.facts["password"],
        "RABBITMQ_PASS": stack.facts["rabbitmq_password"],
        "STACK_DIR": stack.directory,
        "STACK_SCHEMA": stack.schema,
        "STACK_SPEED": f"{stack.speed:g}",
        "STACK_SUPERVISOR": f"unix://{stack.socket}",
        "STACK_BACKEND_URL": stack.http("backend"),
        "STACK_PG_URL": stack.postgres_url,
        "STACK_REDIS_URL": stack.redis_url,
        "STACK_RABBIT_URL": stack.http("rabbitmq"),
        "STACK_AMQP_URL": stack.amqp_url,
        "STACK_PROM_URL": stack.http("prometheus"),
        "STACK_ALERTMANAGER_URL": stack.http("alertmanager"),
        "STACK_LOGS": stack.path("log"),
    }


def exports(stack):
    return "".join(f"export {name}={shlex.quote(value)}\n"
                   for name, value in client_environment(stack).items())


def as_json(stack):
    return json.dumps(client_environment(stack), indent=2) + "\n"


def write(stack):
    """The files that belong to the caller and not to the services' user: the
    console takes no configuration and no state that somebody else owns."""
    with open(stack.path("switchboard.yaml"), "w", encoding="utf-8") as file:
        file.write(switchboard_yaml(stack))
    os.makedirs(stack.path("state"), mode=0o700, exist_ok=True)
    os.chmod(stack.path("state"), 0o700)
