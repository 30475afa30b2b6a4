#!/usr/bin/python3
"""The miniature stack, tried for real: up, every part, every fault, down.

Run it with Debian's interpreter: /usr/bin/python3 Tests/Stack/test_stack.py
It needs about three minutes, prints what took how long, and leaves nothing.
Over 400 lines, in one file: its classes share one client and one stack."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import uuid

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

from switchstack import config, faults, ports, probes, rabbit, state, supervise, sweep  # noqa: E402
from switchstack.data import scenarios, seed  # noqa: E402

COMMAND = os.path.join(HERE, "stack")
WEATHER = scenarios.BY_NAME["Demo: Weather Query"].id
MISMATCH = scenarios.BY_NAME["Test: CommandKind Mismatch FAIL"].id
CRASHING = scenarios.BY_NAME["Test: TTS Failure"].id


def stack(directory, *words, expect=0):
    """Runs one command of the stack and says how long it took."""
    began = time.monotonic()
    done = subprocess.run([COMMAND, "--dir", directory, *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    print(f"    {' '.join(words):<28} {time.monotonic() - began:6.2f} s", file=sys.stderr)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"stack {words}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def scratch():
    """A directory for one stack that is gone afterwards, with all in it."""
    base = tempfile.mkdtemp(prefix="sbst-")
    os.chmod(base, 0o755)
    directory = os.path.join(base, "stack")
    try:
        yield directory
    finally:
        sweep.sweep(directory)
        os.rmdir(base)


def until(condition, what="", within=90.0):
    """Waits for a condition: its value, once it is true. The limit only ends what hangs: it says nothing
    of how long it may take, which is another matter on a machine that builds at the same time."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:g} s: {what or condition}")
        time.sleep(0.1)


class Client:
    """What a console knows of a stack: `env --json`, and nothing else."""

    def __init__(self, directory):
        self.env = json.loads(stack(directory, "env", "--json"))
        self.token = None

    # The limits only end what hangs; who expects a silence gives a short one.
    def http(self, method, url, body=None, timeout=30.0, **headers):
        request = urllib.request.Request(
            url, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers})

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        try:
            with urllib.request.build_opener(Stay).open(request, timeout=timeout) as reply:
                return reply.status, reply.read(), reply.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def api(self, method, path, body=None, timeout=30.0, token=True):
        headers = {"Authorization": f"Bearer {self.token}"} if token and self.token else {}
        status, text, _ = self.http(method, self.env["STACK_BACKEND_URL"] + path, body, timeout,
                                    **headers)
        return status, json.loads(text) if text else None

    def login(self):
        status, answer = self.api("POST", "/api/v1/auth/login", {
            "email": self.env["OPS_EMAIL"], "password": self.env["OPS_PASSWORD"]}, token=False)
        assert status == 200, answer
        self.token = answer["access_token"]
        return answer

    def sql(self, query, timeout=30):
        import psycopg2
        with contextlib.closing(psycopg2.connect(self.env["STACK_PG_URL"],
                                                 connect_timeout=timeout)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()

    def promql(self, query):
        status, text, _ = self.http("GET", self.env["STACK_PROM_URL"] + "/api/v1/query?query="
                                    + urllib.request.quote(query))
        return json.loads(text)["data"]["result"]


class Shared(unittest.TestCase):
    """One stack for all the tests below it; each heals what it broke."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = scratch()
        cls.directory = cls.scratch.__enter__()
        cls.addClassCleanup(cls.scratch.__exit__, None, None, None)
        print("\n" + stack(cls.directory, "up", "--speed", "2", "--rate-limit", "10000",
                           "--auth-rate-limit", "1000"), file=sys.stderr)
        cls.stack = state.Stack.load(cls.directory)
        cls.client = Client(cls.directory)
        cls.client.login()
        cls.queue = rabbit.Management(cls.stack)


class Parts(Shared):
    """Every part of a healthy stack, asked as a client asks it."""

    def test_it_is_up_and_says_so_again(self):
        self.assertIn("already up", stack(self.directory, "up"))
        self.assertNotIn("DOWN", stack(self.directory, "status"))

    def test_the_ports_are_low_on_loopback_and_nobody_elses_while_it_is_up(self):
        for port in self.stack.facts["ports"].values():
            self.assertLess(port, 32768)
            self.assertIsNone(ports.claim(port - (port - ports.LOWEST) % ports.BLOCK))
        listening = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
        for line in listening.splitlines():
            address, _, port = line.split()[3].rpartition(":")
            if int(port) in self.stack.facts["ports"].values():
                self.assertIn(address, ("127.0.0.1", "[::ffff:127.0.0.1]", "[::1]"), line)

    def test_nothing_runs_as_root(self):
        for pid in sweep.marked_processes(self.stack.directory):
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                uid = next(line.split()[1] for line in file if line.startswith("Uid:"))
            self.assertNotEqual(uid, "0", pid)

    def test_the_client_gets_its_configuration_and_a_state_directory(self):
        self.assertEqual(os.stat(self.client.env["XDG_STATE_HOME"]).st_mode & 0o777, 0o700)
        for path in (self.client.env["XDG_STATE_HOME"], self.client.env["SWITCHBOARD_CONFIG"]):
            self.assertEqual(os.stat(path).st_uid, os.getuid())
        with open(self.client.env["SWITCHBOARD_CONFIG"], encoding="utf-8") as file:
            text = file.read()
        self.assertIn("queue.depth > 1000 for 1m,", text)
        self.assertNotIn(self.client.env["OPS_PASSWORD"], text)
        shell = subprocess.run(["sh", "-c", f"eval \"$({COMMAND} env --dir {self.directory})\"; "
                                "printf %s \"$OPS_PASSWORD\""], capture_output=True, text=True, check=True)
        self.assertEqual(shell.stdout, self.client.env["OPS_PASSWORD"])
        self.assertEqual([config.duration(seconds) for seconds in (120, 300, 12, 2.5)],
                         ["2m", "5m", "12s", "2500ms"])

    def test_the_console_reads_as_the_role_that_the_readme_makes(self):
        with open(os.path.join(HERE, "..", "..", "README.md"), encoding="utf-8") as file:
            self.assertIn(f"```sql\n{seed.CONSOLE_ROLE}```", file.read())
        with open(self.client.env["SWITCHBOARD_CONFIG"], encoding="utf-8") as file:
            self.assertIn("postgresql://switchboard@", file.read())
        self.assertEqual(self.client.sql(
            "SELECT rolsuper, has_table_privilege('switchboard', 'suite_runs', 'SELECT'),"
            " has_table_privilege('switchboard', 'suite_runs', 'UPDATE'),"
            " has_table_privilege('switchboard', 'users', 'SELECT'),"
            " has_schema_privilege('switchboard', 'public', 'CREATE')"
            " FROM pg_roles WHERE rolname = 'switchboard'"), [(False, True, False, False, False)])

    def test_the_backend_asks_for_a_login_and_speaks_as_the_real_one(self):
        client = self.client
        self.assertEqual(client.api("GET", "/api/v1/suite-runs/", token=False)[0], 401)
        status, _, headers = client.http("GET", client.env["STACK_BACKEND_URL"] + "/api/v1/suite-runs?limit=1")
        self.assertEqual((status, headers["location"].endswith("/api/v1/suite-runs/?limit=1")), (307, True))
        status, answer = client.api("GET", "/api/v1/suite-runs/?status_filter=bogus")
        self.assertEqual((status, answer), (422, {
            "detail": "Request validation failed: 1 error(s)", "error_type": "RequestValidationError",
            "validation_errors": [{"loc": ["query", "status_filter"], "type": "enum", "msg":
                "Input should be 'pending', 'running', 'completed', 'failed' or 'cancelled'"}]}))
        status, answer = client.api("GET", "/api/v1/suite-runs/?status_filter=failed&limit=3")
        self.assertEqual((status, {run["status"] for run in answer["runs"]}), (200, {"failed"}))
        run = answer["runs"][0]["id"]
        self.assertEqual(client.api("GET", f"/api/v1/suite-runs/{run}")[1]["id"], run)
        self.assertEqual(client.api("POST", "/api/v1/test-runs/quick-test"),
                         (404, {"detail": "Not Found", "error_type": "HTTPException"}))
        self.assertIn("/api/v1/suite-runs/", client.api("GET", "/api/openapi.json", token=False)[1]["paths"])
        status, answer = client.api("POST", f"/api/v1/multi-turn/execute/{WEATHER}", {})
        execution = answer["data"].pop("execution_id")
        self.assertEqual(str(uuid.UUID(execution)), execution)
        self.assertEqual((status, answer), (202, {"success": True, "data": {
            "script_id": WEATHER, "suite_run_id": "None", "status": "completed", "total_steps": 1,
            "completed_steps": 1, "all_passed": True}}))
        status, answer = client.api("GET", "/api/v1/workers/health")
        self.assertEqual((status, answer["status"]), (200, "healthy"))

    def test_a_token_is_renewed_once_and_five_wrong_passwords_lock(self):
        renewing = self.client.login()["refresh_token"]
        self.assertEqual(self.client.api("POST", "/api/v1/auth/refresh", {"refresh_token": renewing})[0], 200)
        self.assertEqual(self.client.api("POST", "/api/v1/auth/refresh", {"refresh_token": renewing})[0], 401)
        body = {"email": self.client.env["OPS_EMAIL"], "password": "wrong"}
        answers = [self.client.api("POST", "/api/v1/auth/login", body)[0] for _ in range(6)]
        self.assertEqual(answers, [401] * 5 + [403])
        stack(self.directory, "heal")
        self.client.login()

    def test_the_script_decides_how_a_quick_test_ends(self):
        self.assertEqual(self.client.api("GET", "/api/v1/scenarios/")[1][0]["id"], WEATHER)
        for script, verdict in ((WEATHER, "auto_pass"), (MISMATCH, "auto_fail")):
            status, answer = self.client.api("POST", f"/api/v1/multi-turn/execute/{script}",
                                             {"language_codes": ["en-US"]})
            self.assertEqual(status, 202, answer)
            path = f"/api/v1/multi-turn/executions/{answer['data']['execution_id']}"
            done = until(lambda: (one := self.client.api("GET", path)[1])["status"] == "completed" and one)
            self.assertEqual((done["validation_review_status"], done["suite_run_id"]), (verdict, None))
        before = self.client.sql("SELECT now()")[0][0]
        status, answer = self.client.api("POST", f"/api/v1/multi-turn/execute/{CRASHING}", {})
        self.assertEqual((status, answer["detail"]), (500, "Execution failed: " + scenarios.TTS_ERROR))
        stored = self.client.sql("SELECT status, suite_run_id, error_message FROM multi_turn_executions"
                                 f" WHERE script_id = '{CRASHING}' AND created_at > '{before}'")
        self.assertEqual(stored, [("failed", None, scenarios.TTS_ERROR)])

    def test_a_retry_answers_400_and_is_queued_all_the_same(self):
        run = self.client.sql("SELECT suite_run_id FROM multi_turn_executions WHERE status = 'failed'"
                              " AND suite_run_id IS NOT NULL LIMIT 1")[0][0]
        self.assertEqual(self.client.api("POST", f"/api/v1/suite-runs/{run}/retry")[0], 400)
        until(lambda: self.client.sql(
            "SELECT 1 FROM suite_runs WHERE name IS NULL AND status = 'completed'"
            f" AND trigger_metadata->>'original_suite_run_id' = '{run}'"), "the retry's end")

    def test_the_seed_holds_the_six_causes_in_twelve_variants(self):
        texts = {row[0] for row in self.client.sql(
            "SELECT DISTINCT COALESCE(e.error_message, r.houndify_result->'errors'->>0)"
            " FROM multi_turn_executions e LEFT JOIN validation_results r"
            " ON r.multi_turn_execution_id = e.id"
            " WHERE e.status = 'failed' OR r.review_status = 'auto_fail'")}
        self.assertEqual(len(texts), 12, texts)
        self.assertEqual(len({text.split(":")[0] for text in texts}), 6, texts)
        self.assertEqual(self.client.sql(
            "SELECT count(*) FROM suite_runs WHERE status = 'running'"
            " AND updated_at < now() - interval '30 minutes'"), [(0,)])
        low, queued = self.client.sql(
            "SELECT (SELECT count(*) FROM validation_results"
            " WHERE (houndify_result->>'validation_score')::float < 0.5),"
            " (SELECT max(confidence_score) FROM validation_queue)")[0]
        self.assertGreater(low, 20)
        self.assertEqual(float(queued), 98.5)

    def test_the_workload_moves_and_its_queue_stays_short(self):
        first = self.queue.queue()["message_stats"]["ack"]
        until(lambda: self.queue.queue()["message_stats"]["ack"] > first + 4, "acknowledged tasks")
        self.assertLess(self.queue.queue()["messages"], 50)
        before = self.client.sql("SELECT count(*) FROM suite_runs")[0][0]
        until(lambda: self.client.sql("SELECT count(*) FROM suite_runs")[0][0] > before, "a new run")

    def test_prometheus_has_the_three_rules_and_none_of_their_series(self):
        _, text, _ = self.client.http("GET", self.client.env["STACK_PROM_URL"] + "/api/v1/rules")
        rules = json.loads(text)["data"]["groups"][0]["rules"]
        self.assertEqual([rule["name"] for rule in rules],
                         ["LowSuccessRate", "HighQueueDepth", "HighResponseLatency"])
        self.assertEqual(self.client.promql("queue_depth"), [])
        self.assertEqual(self.client.promql("celery_tasks_in_queue")[0]["value"][1], "0")
        until(lambda: {one["metric"]["job"] for one in self.client.promql("up == 1")}
              == {"backend", "prometheus", "alertmanager", "rabbitmq"}, "every target up")
        _, text, _ = self.client.http("GET", self.client.env["STACK_ALERTMANAGER_URL"] + "/api/v2/receivers")
        self.assertEqual(len(json.loads(text)), 3)

    def test_a_frozen_part_is_restarted_through_supervisor(self):
        supervisor = supervise.Supervisor(self.stack)
        for name, break_it in (("backend", "backend-hung"), ("postgres", "db-frozen"),
                               ("redis", "redis-frozen"), ("celery-worker", None), ("rabbitmq", None)):
            if break_it:
                stack(self.directory, "fault", break_it)
            before, began = supervisor.pid(name), time.monotonic()
            supervisor.stop(name)
            stopped = time.monotonic() - began
            supervisor.start(name)
            self.assertNotEqual(supervisor.pid(name), before)
            until(lambda: probes.complaint(self.stack, name) is None, name)
            print(f"    restart {name:<20} {time.monotonic() - began:6.2f} s (stop {stopped:.2f})",
                  file=sys.stderr)
        until(lambda: probes.complaint(self.stack, "celery-worker") is None, "the worker again")
        stack(self.directory, "heal")

    def test_the_lock_of_a_killed_database_does_not_keep_it_down(self):
        supervisor = supervise.Supervisor(self.stack)
        lock = os.path.join(self.stack.data_directory, "postmaster.pid")
        socket_lock = self.stack.path("postgres", f".s.PGSQL.{self.stack.port('postgres')}.lock")
        with open(lock, encoding="ascii") as file:
            left = file.read().splitlines()
        supervisor.stop("postgres")
        # As if the number of the killed one belonged to another process of the same user by now.
        text = "\n".join([str(supervisor.pid("redis"))] + left[1:]) + "\n"
        self.stack.write(text, lock, mode=0o600)
        self.stack.write(text, socket_lock, mode=0o600)
        supervisor.start("postgres")
        until(lambda: probes.complaint(self.stack, "postgres") is None, "postgres")
        stack(self.directory, "heal")


class Faults(Shared):
    """Each fault does what its line says, and `heal` undoes it."""

    def tearDown(self):
        stack(self.directory, "heal")
        self.assertNotIn("DOWN", stack(self.directory, "status"))

    def fault(self, name):
        stack(self.directory, "fault", name)

    def health(self, timeout=30.0):
        try:
            return self.client.api("GET", "/health", timeout=timeout, token=False)[0]
        except (OSError, urllib.error.URLError) as error:
            return "refused" if "refused" in str(error) else "silent"

    def test_backend_down(self):
        self.fault("backend-down")
        self.assertEqual(self.health(), "refused")

    def test_backend_hung(self):
        self.fault("backend-hung")
        self.assertEqual(self.health(timeout=1.0), "silent")

    def test_backend_broken(self):
        self.fault("backend-broken")
        supervisor = supervise.Supervisor(self.stack)
        supervisor.stop("backend")
        supervisor.start("backend")
        until(lambda: self.health(timeout=1.0) == "silent", "it listens and never answers")
        self.assertEqual(supervisor.processes()["backend"]["statename"], "RUNNING")

    def test_db_down(self):
        self.fault("db-down")
        self.assertEqual(self.health(), 200)
        status, answer = self.client.api("GET", "/api/v1/suite-runs/")
        self.assertEqual((status, answer["error_type"]), (500, "ConnectionRefusedError"))

    def test_db_frozen(self):
        self.fault("db-frozen")
        import psycopg2
        with self.assertRaisesRegex(psycopg2.OperationalError, "timeout"):
            self.client.sql("SELECT 1", timeout=2)
        self.assertEqual(self.health(), 200)

    def test_redis_frozen(self):
        self.fault("redis-frozen")
        self.assertEqual(self.health(), 200)
        with self.assertRaises(OSError):
            self.client.api("GET", "/api/v1/suite-runs/", timeout=1.5)
        with self.assertRaises(OSError):
            self.client.api("POST", "/api/v1/auth/login", {"email": "a", "password": "b"}, timeout=1.5)
        self.assertEqual(self.health(), 200)

    def test_redis_down(self):
        self.fault("redis-down")
        self.assertEqual(self.client.api("GET", "/api/v1/suite-runs/")[0], 200)

    def test_rabbit_down(self):
        self.fault("rabbit-down")
        with self.assertRaises(urllib.error.URLError):
            self.queue.queue()
        self.assertEqual(self.client.api("GET", "/api/v1/workers/health")[0], 500)

    def test_queue_backlog(self):
        self.fault("queue-backlog")
        began = time.monotonic()
        until(lambda: self.queue.queue()["messages"] > 1000, "a thousand messages")
        print(f"    over 1,000 after {time.monotonic() - began:.1f} s", file=sys.stderr)
        for _ in range(10):
            time.sleep(0.5)
            self.assertGreater(self.queue.queue()["messages"], 1000)
        self.assertEqual(self.queue.queue()["consumers"], 1)

    def test_worker_frozen(self):
        self.fault("worker-frozen")
        for pid in sweep.tree(supervise.Supervisor(self.stack).pid("celery-worker")):
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                self.assertEqual(file.read().rpartition(")")[2].split()[0], "T")

    def test_worker_down(self):
        self.fault("worker-down")
        until(lambda: self.queue.queue()["consumers"] == 0, "no consumers")

    def test_orphan_queue(self):
        self.assertIsNone(self.queue.queue("default"))
        self.fault("orphan-queue")
        found = until(lambda: (one := self.queue.queue("default")).get("messages") == 1 and one,
                      "one message")
        self.assertEqual(found["consumers"], 0)
        stack(self.directory, "heal")
        self.assertIsNone(self.queue.queue("default"))

    def slowest(self):
        return self.client.sql("SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY response_time_ms)"
                               " FROM step_executions WHERE executed_at > now() - interval '15 minutes'")[0][0]

    def test_slow_provider(self):
        self.assertLess(self.slowest(), 2000)
        self.fault("slow-provider")
        self.assertGreater(self.slowest(), 5000)
        stack(self.directory, "heal")
        self.assertLess(self.slowest(), 2000)

    def test_prometheus_empty(self):
        self.fault("prometheus-empty")
        for _ in range(3):
            self.assertEqual(self.client.promql("up"), [])
            time.sleep(1)

    def test_prometheus_down(self):
        self.fault("prometheus-down")
        with self.assertRaises(urllib.error.URLError):
            self.client.promql("up")

    def test_quick_test_fails_and_errors(self):
        self.fault("quick-test-errors")
        self.assertEqual(self.client.api("POST", f"/api/v1/multi-turn/execute/{WEATHER}", {})[0], 500)
        stack(self.directory, "heal")
        self.fault("quick-test-fails")
        answer = self.client.api("POST", f"/api/v1/multi-turn/execute/{WEATHER}", {})[1]
        path = f"/api/v1/multi-turn/executions/{answer['data']['execution_id']}"
        until(lambda: self.client.api("GET", path)[1]["validation_review_status"] == "auto_fail")
        stack(self.directory, "heal")
        self.fault("quick-test-slow")
        answer = self.client.api("POST", f"/api/v1/multi-turn/execute/{WEATHER}", {})[1]["data"]
        # The workload's executions of the same script belong to runs.
        newest = self.client.sql("SELECT id::text, status FROM multi_turn_executions WHERE suite_run_id IS NULL"
                                 f" AND script_id = '{WEATHER}' ORDER BY created_at DESC LIMIT 1")[0]
        self.assertNotEqual(newest[0], answer["execution_id"])
        self.assertEqual(newest[1], "failed")

    def test_several_at_once_and_every_fault_has_a_test(self):
        for name in ("db-frozen", "redis-frozen", "queue-backlog", "prometheus-down", "backend-hung"):
            self.fault(name)
        for name in faults.FAULTS:
            self.assertTrue(any(name.replace("-", "_") in test or test.startswith("test_quick_test")
                                for test in dir(self) if test.startswith("test_")), name)


class Life(unittest.TestCase):
    """Going up, dying, and being swept."""

    def left_of(self, directory):
        return sweep.marked_processes(os.path.realpath(directory))

    def test_two_stacks_side_by_side_in_both_schemas(self):
        with scratch() as one, scratch() as two:
            both = [subprocess.Popen([COMMAND, "up", "--dir", directory, "--schema", schema],
                                     stdout=subprocess.DEVNULL)
                    for directory, schema in ((one, "current"), (two, "runbook"))]
            self.assertEqual([process.wait(120) for process in both], [0, 0])
            stack(one, "down")
            self.assertEqual(self.left_of(one), [])
            stack(two, "status")
            self.runbook(Client(two))
            stack(two, "down")
            self.assertEqual(self.left_of(two), [])
            self.assertFalse(os.path.exists(one) or os.path.exists(two))

    def runbook(self, client):
        """The runbook's own words work against its schema."""
        client.login()
        self.assertTrue(client.sql("SELECT id, name, status, created_at FROM test_runs"
                                   " WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10"))
        self.assertTrue(client.sql("SELECT * FROM validation_results WHERE confidence_score < 0.5"
                                   " ORDER BY created_at DESC LIMIT 20"))
        status, answer = client.api("GET", "/api/v1/test-runs?status=failed&limit=10")
        self.assertEqual((status, {run["status"] for run in answer["runs"]}), (200, {"failed"}))
        status, answer = client.api("POST", "/api/v1/test-runs/quick-test")
        self.assertEqual(status, 202)
        until(lambda: client.api("GET", f"/api/v1/test-runs/{answer['id']}")[1]["status"] == "completed")
        self.assertEqual(client.api("GET", "/api/v1/suite-runs/")[0], 404)

    def test_down_sweeps_after_a_sigkill_and_with_stopped_processes(self):
        with scratch() as directory:
            stack(directory, "up")
            found = state.Stack.load(directory)
            stack(directory, "fault", "db-frozen")
            with open(found.path("supervisord.pid"), encoding="ascii") as file:
                os.kill(int(file.read()), signal.SIGKILL)
            with open(os.path.join(found.data_directory, "postmaster.pid"), encoding="ascii") as file:
                segment = file.read().splitlines()[6].split()[1]
            stack(directory, "down")
            self.assertEqual(self.left_of(directory), [])
            self.assertFalse(os.path.exists(directory))
            held = subprocess.run(["ipcs", "-m"], capture_output=True, text=True, check=True).stdout
            self.assertNotIn(f" {segment} ", held)
            for port in found.facts["ports"].values():
                with self.assertRaises(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()

    def test_up_after_a_sigkill_sweeps_first(self):
        with scratch() as directory:
            stack(directory, "up")
            with open(os.path.join(directory, "supervisord.pid"), encoding="ascii") as file:
                os.kill(int(file.read()), signal.SIGKILL)
            self.assertIn("sweeping", stack(directory, "up"))
            stack(directory, "status")
            stack(directory, "down")

    def test_an_interrupted_up_leaves_nothing(self):
        with scratch() as directory:
            process = subprocess.Popen([COMMAND, "up", "--dir", directory], stdout=subprocess.PIPE)
            until(lambda: len(self.left_of(directory)) > 3, "some parts of it")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=90)
            self.assertEqual(process.returncode, 130)
            self.assertEqual(self.left_of(directory), [])
            self.assertFalse(os.path.exists(directory))

    def test_a_directory_that_is_not_a_stack_is_left_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "thesis.txt"), "w", encoding="utf-8"):
                pass
            stack(directory, "up", expect=1)
            stack(directory, "down")
            self.assertEqual(os.listdir(directory), ["thesis.txt"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
