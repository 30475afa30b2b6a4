"""Log lines in the shapes of the real backend: three of them, in one stream.

`2026-11-23 17:21:41,002 - logger.name - LEVEL - message` from the program,
`INFO:     127.0.0.1:4711 - "GET … HTTP/1.1" 200 OK` from uvicorn, and bare
lines that some library prints. A message may go on over further lines."""

import logging
import sys

FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"


def configure():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    for noisy in ("asyncio", "multipart", "celery", "kombu", "amqp", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("root").info("Logging configured: level=DEBUG, json_format=False, "
                                   "log_file=console only")


def emit_event(name, room):
    """A socket.io event: printed twice, once bare and once as a record."""
    text = f'emitting event "{name}" to {room} [/]'
    print(text, flush=True)
    logging.getLogger("socketio.server").info(text)
    logging.getLogger("api.events").debug(f"Emitted {name} to {room}")
