"""Servers that answer by a script, in a process of their own: run as `scripted.py KIND…`; prints one port a kind,
and ends when its standard input does.

    hang      accepts, and never answers
    still     a queue of RabbitMQ's management API whose depth stays
    changing  the same; the depth is another at every request, and /times tells when they came
    acting    the same
    many      a supervisor of 100 processes, and a broker of 200 queues
    eventful  the same; at the first replies to each client all processes stop and start again
    engine    a Docker Engine of 3,000 containers, every fiftieth of them unhealthy
"""

import http.server
import itertools
import json
import os
import socket
import sys
import threading
import time
import xmlrpc.client


def hang():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    kept = []

    def accept():
        while True:
            kept.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def _queue(name, depth):
    return {"name": name, "vhost": "/", "type": "classic", "messages_ready": depth,
            "messages_unacknowledged": 0, "consumers": 1}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def queues(self):
        raise NotImplementedError

    def do_GET(self):
        is_queues = self.path.startswith("/api/queues")
        reply = self.queues() if is_queues else {"status": "ok"}
        self.answer("application/json", json.dumps(reply).encode())

    def log_message(self, *words):
        pass


def _serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    # A console that ends hangs up.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def queue(depths):
    times = []

    class Handler(_Handler):
        def queues(self):
            times.append(time.monotonic())
            return [_queue("celery", next(depths))]

        def do_GET(self):
            if self.path == "/times":
                return self.answer("application/json", json.dumps(times).encode())
            return super().do_GET()

    return _serve(Handler)


def _process(number, is_up):
    return {"name": f"service-{number:02}", "group": f"service-{number:02}", "start": 1_700_000_000,
            "stop": 0, "now": 1_700_003_600, "state": 20 if is_up else 100,
            "statename": "RUNNING" if is_up else "EXITED", "spawnerr": "", "exitstatus": 0,
            "logfile": "", "stdout_logfile": "", "stderr_logfile": "",
            "pid": 1000 + number if is_up else 0,
            "description": "pid 1000, uptime 1:00:00" if is_up else "Nov 14 10:13 PM"}


def many(outages):
    class Handler(_Handler):
        # A handler lives as long as its connection, and the console keeps its own.
        lists = 0

        def queues(self):
            return [_queue("celery", 12)] + [_queue(f"queue-{number:03}", number % 7)
                                             for number in range(1, 200)]

        def do_POST(self):
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            _, method = xmlrpc.client.loads(asked)
            reply = "3.0" if method.endswith("Version") else {"statecode": 1, "statename": "RUNNING"}
            if method == "supervisor.getAllProcessInfo":
                self.lists += 1
                is_up = self.lists > 2 * outages or self.lists % 2 == 1
                reply = [_process(number, is_up) for number in range(100)]
            text = xmlrpc.client.dumps((reply,), methodresponse=True)
            self.answer("text/xml", text.encode())

    return _serve(Handler)


def _container(number):
    labels = {"project": "bench", "service": f"service-{number:04}", "oneoff": "False",
              "container-number": "1"}
    return {"Id": f"{number:064x}", "Names": [f"/bench-service-{number:04}-1"], "Image": "bench:1",
            "State": "running", "Status": "Up 3 days (healthy)",
            "Labels": {f"com.docker.compose.{name}": value for name, value in labels.items()}}


def _inspection(number):
    health = {"Status": "unhealthy" if number % 50 == 7 else "healthy", "FailingStreak": 0, "Log": []}
    return {"Id": f"{number:064x}", "Name": f"/bench-service-{number:04}-1", "RestartCount": 0,
            "Config": {"Image": "bench:1"}, "HostConfig": {"RestartPolicy": {"Name": "always"}},
            "State": {"Status": "running", "OOMKilled": False, "ExitCode": 0, "Error": "",
                      "StartedAt": "2023-11-14T22:13:20Z", "Health": health}}


def engine():
    listed = json.dumps([_container(number) for number in range(3000)]).encode()

    class Handler(_Handler):
        # Thousands of questions, each answered in two writes, would wait for the kernel's timers.
        disable_nagle_algorithm = True

        def do_GET(self):
            path = self.path.partition("?")[0]
            if path.endswith("/version"):
                body = json.dumps({"ApiVersion": "1.43", "MinAPIVersion": "1.12"}).encode()
            elif path.endswith("/containers/json"):
                body = listed
            elif path.endswith("/json"):
                body = json.dumps(_inspection(int(path.split("/")[-2], 16))).encode()
            else:
                # Events and measurements that never come.
                self.send_response(200)
                self.end_headers()
                threading.Event().wait()
                return
            self.answer("application/json", body)

    return _serve(Handler)


KINDS = {"engine": engine, "hang": hang, "still": lambda: queue(itertools.repeat(12)),
         "changing": lambda: queue(itertools.cycle((12, 13))),
         "acting": lambda: queue(itertools.cycle((12, 13))),
         "many": lambda: many(0), "eventful": lambda: many(2)}


def main(kinds):
    print(*(KINDS[kind]() for kind in kinds), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
