"""Servers that answer by a script, in a process of their own: run as `scripted.py KIND…`; prints one port a kind,
and ends when its standard input does.

    hang      accepts, and never answers
    still     a queue of RabbitMQ's management API whose depth stays
    changing  the same; the depth is another at every request
"""

import http.server
import itertools
import json
import os
import socket
import sys
import threading


def hang():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    kept = []

    def accept():
        while True:
            kept.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def queue(depths):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            reply = {"status": "ok"}
            if self.path.startswith("/api/queues"):
                reply = [{"name": "celery", "vhost": "/", "type": "classic",
                          "messages_ready": next(depths), "messages_unacknowledged": 0,
                          "consumers": 1}]
            body = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


KINDS = {"hang": hang, "still": lambda: queue(itertools.repeat(12)),
         "changing": lambda: queue(itertools.cycle((12, 13)))}


def main(kinds):
    print(*(KINDS[kind]() for kind in kinds), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
