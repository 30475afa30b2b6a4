"""The console's configurations that are measured, and the environment each needs."""

import os

#: The project of the containers in the private engine.
PROJECT_NAME = "bench"
#: A secret that the scripted servers don't ask for.
PASSWORD = "BENCH_PASSWORD"

NOTHING = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: none}}
"""

#: Containers, rows, and a check by HTTP, of three servers.
DATA = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: compose, project: {project}, engine: "{engine}"}}
    sources:
      postgres: {{type: postgres, url: "{postgres}"}}
    services:
      backend: {{liveness: {{url: "{api}/health", when: status == 200}}}}
"""

#: One rule alone, so that the view of the alerts shows one value that can change.
QUEUE = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: none}}
    sources:
      rabbitmq: {{type: rabbitmq, url: "http://127.0.0.1:{port}", vhost: /, queue: celery,
                  user: bench, password: {{env: BENCH_PASSWORD}}, interval: 1s}}
alerts:
  queue-critical: null
"""

#: The same, and an act that lasts.
ACTING = QUEUE + """actions: {{benchmark: {{run: [sleep, "600"], class: 1, deadline: 10m}}}}
"""

#: A hundred services and two hundred queues, of two servers.
MANY = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: command, supervisor: "http://127.0.0.1:{port}"}}
    sources:
      rabbitmq: {{type: rabbitmq, url: "http://127.0.0.1:{port}", vhost: /, queue: celery,
                  user: bench, password: {{env: BENCH_PASSWORD}}}}
"""

#: Three thousand containers, of one engine.
CONTAINERS = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: compose, project: bench, engine: "tcp://127.0.0.1:{port}"}}
"""

#: One service that writes without pause, of a real supervisor.
WRITING = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: command, supervisor: "unix://{socket}"}}
"""

#: The demo's configuration, with a server that never answers behind every address.
HANGING = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: command, supervisor: "http://127.0.0.1:{port}"}}
    sources:
      api: {{type: http, base: "http://127.0.0.1:{port}",
             login: {{email: bench@localhost, password: {{env: BENCH_PASSWORD}}}}}}
      prometheus:   {{type: prometheus, url: "http://127.0.0.1:{port}"}}
      alertmanager: {{type: alertmanager, url: "http://127.0.0.1:{port}"}}
      rabbitmq: {{type: rabbitmq, url: "http://127.0.0.1:{port}", vhost: /, queue: celery, worker: celery-worker,
                  user: bench, password: {{env: BENCH_PASSWORD}}}}
      postgres: {{type: postgres, url: "postgresql://bench@127.0.0.1:{port}/bench"}}
      redis:    {{type: redis, url: "redis://127.0.0.1:{port}/0"}}
    services:
      backend: {{class: 1, liveness: {{source: api, path: /health, when: status == 200}},
                 needs: [postgres, redis, rabbitmq]}}
      celery-worker: {{class: 1, needs: [rabbitmq]}}
      postgres: {{then: [backend, celery-worker]}}
      redis:    {{then: [backend]}}
      rabbitmq: {{then: [celery-worker]}}
"""

#: A supervisor that answers, and behind every other address a server that never does.
DEAD = """version: 1
environments:
  bench:
    label: BENCH
    runtime: {{kind: command, supervisor: "http://127.0.0.1:{supervisor}"}}
    sources:
      api: {{type: http, base: "http://127.0.0.1:{port}",
             login: {{email: bench@localhost, password: {{env: BENCH_PASSWORD}}}}}}
      prometheus:   {{type: prometheus, url: "http://127.0.0.1:{port}"}}
      alertmanager: {{type: alertmanager, url: "http://127.0.0.1:{port}"}}
      rabbitmq: {{type: rabbitmq, url: "http://127.0.0.1:{port}", vhost: /, queue: celery, worker: celery-worker,
                  user: bench, password: {{env: BENCH_PASSWORD}}}}
      postgres: {{type: postgres, url: "postgresql://bench@127.0.0.1:{port}/bench"}}
      redis:    {{type: redis, url: "redis://127.0.0.1:{port}/0"}}
    services:
      service-00: {{class: 1, liveness: {{source: api, path: /health, when: status == 200}}, then: [service-01]}}
      service-01: {{needs: [service-00]}}
"""


def service(number):
    """The name of one of many services."""
    return f"service-{number:02}"


def write(directory, name, text):
    """A configuration as a file; gives the environment in which the console finds it."""
    path = os.path.join(directory, f"{name}.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return {"SWITCHBOARD_CONFIG": path, PASSWORD: "bench"}
