"""Starts the backend, unless the fault `backend-broken` says it must not come up."""

import socket
import time

from .. import state
from . import logs


def main():
    stack = state.of_this_process()
    logs.configure()
    if stack.has_fault("backend-broken"):
        # Listens, and never gets to the point of answering.
        listener = socket.create_server(("127.0.0.1", stack.port("backend")), backlog=1024)
        print("INFO:     Started server process [broken]", flush=True)
        print("INFO:     Waiting for application startup.", flush=True)
        while listener:
            time.sleep(3600)
    import uvicorn
    import uvicorn.config
    from .app import application
    # Its lines go to the stream as they are, and not a second time by way of ours.
    uvicorn.config.LOGGING_CONFIG["loggers"]["uvicorn"]["propagate"] = False
    uvicorn.run(application(stack), host="127.0.0.1", port=stack.port("backend"),
                log_level="info", lifespan="on", timeout_keep_alive=30)


if __name__ == "__main__":
    main()
