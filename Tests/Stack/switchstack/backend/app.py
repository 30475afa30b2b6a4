"""The application: its routes, the shape of its errors, and its constants."""

import anyio.to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from . import auth, metrics, multiturn, runs
from .database import Database
from .limits import Limited, Limiter

TITLE = "Voice AI Testing Framework API"


class Services:
    """What the routes share."""

    def __init__(self, stack):
        self.stack = stack
        self.database = Database(stack)
        self.limiter = Limiter(stack)
        self.refresh_tokens = {}
        self._celery = None

    @property
    def celery(self):
        if self._celery is None:
            # Imported late: it takes half a second that /health need not wait.
            from ..worker.celeryapp import application as celery
            self._celery = celery(self.stack)
        return self._celery

    def queue_run(self, run, scripts):
        self.celery.send_task("tasks.execution.execute_run", (run, scripts), retry=False,
                              ignore_result=True)


def application(stack):
    app = FastAPI(title=TITLE, version="1.0.0", openapi_url="/api/openapi.json", docs_url="/api/docs")
    services = app.state.services = Services(stack)

    @app.on_event("startup")
    async def started():
        # Calls that hang on Redis each hold a thread for as long as it is frozen.
        anyio.to_thread.current_default_thread_limiter().total_tokens = 400
        print("Starting Voice AI Testing Framework API v1.0.0", flush=True)

    # Constants, answered on the event loop: 200 whatever else is down.
    @app.get("/health")
    async def health():
        return {"status": "healthy", "service": TITLE, "version": "1.0.0"}

    @app.get("/ready")
    async def ready():
        return {"status": "ready", "service": TITLE, "version": "1.0.0"}

    @app.get("/metrics", include_in_schema=False)
    async def exported():
        body, kind = metrics.exposition()
        return Response(body, media_type=kind)

    app.include_router(auth.router)
    app.include_router(multiturn.router)
    app.include_router(runs.current() if stack.schema == "current" else runs.runbook())
    errors(app)
    app.add_middleware(Limited, limiter=services.limiter)
    app.add_middleware(metrics.Measured)
    return app


def errors(app):
    """Every error is {"detail", "error_type"[, "validation_errors"]}."""

    @app.exception_handler(StarletteHTTPException)
    async def refused(request: Request, error: HTTPException):
        return JSONResponse({"detail": error.detail, "error_type": "HTTPException"},
                            error.status_code, getattr(error, "headers", None))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError):
        found = [{"loc": list(one["loc"]), "msg": sentence(one), "type": kind(one)}
                 for one in error.errors()]
        return JSONResponse({"detail": f"Request validation failed: {len(found)} error(s)",
                             "error_type": "RequestValidationError", "validation_errors": found}, 422)

    @app.exception_handler(OSError)
    async def unreachable(request: Request, error: OSError):
        return JSONResponse({"detail": str(error), "error_type": type(error).__name__}, 500)


def kind(error):
    return "enum" if error["type"] == "type_error.enum" else error["type"]


def sentence(error):
    """The real one's words: its pydantic is a version later than Debian's."""
    if error["type"] != "type_error.enum":
        return error["msg"]
    names = [f"'{value.value}'" for value in error["ctx"]["enum_values"]]
    return f"Input should be {', '.join(names[:-1])} or {names[-1]}"
