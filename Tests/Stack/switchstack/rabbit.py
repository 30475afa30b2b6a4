"""RabbitMQ: how it is configured, and the management API as the stack uses it."""

import base64
import hashlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request


def environment(stack):
    """Everything that would otherwise be read from /etc or bound to 0.0.0.0."""
    port = stack.port
    return {
        "RABBITMQ_NODENAME": f"demo{port('amqp')}@localhost",
        "RABBITMQ_MNESIA_BASE": stack.path("rabbitmq", "mnesia"),
        "RABBITMQ_LOG_BASE": stack.path("rabbitmq", "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_ENABLED_PLUGINS_FILE": stack.path("rabbitmq", "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": stack.path("rabbitmq", "rabbitmq.config"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_DIST_PORT": port("rabbitmq_dist"),
        "ERL_EPMD_PORT": port("epmd"),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # The distribution port listens on every address unless told not to.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        # In place of Debian's sizes for a big server: 6.8 s to the first
        # answer with those, 4.2 s with these; and no busy waiting.
        "RABBITMQ_SERVER_ERL_ARGS": "+S 2:2 +P 65536 +sbwt none +sbwtdcpu none +sbwtdio none",
        # The script then becomes the Erlang machine instead of waiting for it,
        # so that the pid which supervisor knows is the broker's.
        "RUNNING_UNDER_SYSTEMD": "true",
        "HOME": stack.path("rabbitmq", "home"),
    }


def definitions(stack):
    """The broker comes up with its vhost, its user and the consumed queue."""
    facts = stack.facts
    salt = os.urandom(4)
    digest = hashlib.sha256(salt + facts["rabbitmq_password"].encode()).digest()
    vhost = facts["vhost"]
    return json.dumps({
        "vhosts": [{"name": vhost}],
        "users": [{"name": facts["rabbitmq_user"], "tags": "administrator",
                   "password_hash": base64.b64encode(salt + digest).decode(),
                   "hashing_algorithm": "rabbit_password_hashing_sha256"}],
        "permissions": [{"user": facts["rabbitmq_user"], "vhost": vhost,
                         "configure": ".*", "write": ".*", "read": ".*"}],
        "queues": [{"name": "celery", "vhost": vhost, "durable": True,
                    "auto_delete": False, "arguments": {}}],
        "exchanges": [], "bindings": [],
    }, indent=2)


def configuration(stack):
    """Erlang terms and not rabbitmq.conf: translating that takes a second.

    Statistics are collected and sampled every second (5 s by default, both of
    them) and rates are of the basic kind, so that a test sees a queue's depth
    and consumers within two seconds."""
    return f"""[
 {{rabbit, [
   {{tcp_listeners, [{{"127.0.0.1", {stack.port('amqp')}}}]}},
   {{default_vhost, <<"{stack.facts['vhost']}">>}},
   {{loopback_users, []}},
   {{collect_statistics_interval, 1000}},
   {{vm_memory_high_watermark, {{absolute, "512MB"}}}},
   {{disk_free_limit, 50000000}},
   {{load_definitions, "{stack.path('rabbitmq', 'definitions.json')}"}}]}},
 {{rabbitmq_management, [
   {{rates_mode, basic}},
   {{sample_retention_policies, [{{global, [{{605, 1}}]}}, {{basic, [{{605, 1}}]}}, {{detailed, [{{605, 1}}]}}]}},
   {{tcp_config, [{{port, {stack.port('rabbitmq')}}}, {{ip, "127.0.0.1"}}]}}]}},
 {{rabbitmq_prometheus, [
   {{tcp_config, [{{port, {stack.port('rabbitmq_prom')}}}, {{ip, "127.0.0.1"}}]}}]}}
].
"""


def prepare(stack):
    for name in ("mnesia", "log", "home"):
        stack.make("rabbitmq", name, mode=0o700)
    stack.write("[rabbitmq_management,rabbitmq_prometheus].\n", "rabbitmq", "enabled_plugins")
    stack.write(configuration(stack), "rabbitmq", "rabbitmq.config")
    stack.write(definitions(stack), "rabbitmq", "definitions.json", mode=0o600)


class Management:
    """The management API, in the stack's vhost."""

    def __init__(self, stack, timeout=3.0):
        self.base = stack.http("rabbitmq") + "/api"
        self.vhost = urllib.parse.quote(stack.facts["vhost"], safe="")
        self.timeout = timeout
        pair = f"{stack.facts['rabbitmq_user']}:{stack.facts['rabbitmq_password']}"
        self.authorization = "Basic " + base64.b64encode(pair.encode()).decode()

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.base}/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self.authorization, "Content-Type": "application/json"})
        # No proxy of the caller's environment may come between.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=self.timeout) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def queue(self, name="celery"):
        """What the broker says of a queue, or None when there is no such one."""
        try:
            return self.call("GET", f"queues/{self.vhost}/{name}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def purge(self, name="celery"):
        self.call("DELETE", f"queues/{self.vhost}/{name}/contents")

    def declare(self, name):
        self.call("PUT", f"queues/{self.vhost}/{name}", {"durable": True, "auto_delete": False})

    def delete(self, name):
        try:
            self.call("DELETE", f"queues/{self.vhost}/{name}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise

    def publish(self, queue, text):
        self.call("POST", f"exchanges/{self.vhost}/amq.default/publish", {
            "routing_key": queue, "payload": text, "payload_encoding": "string",
            "properties": {"delivery_mode": 2, "content_type": "application/json"}})
