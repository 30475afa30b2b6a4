"""The routes about runs, in the schema's own names: `suite-runs` today,
`test-runs` when the runbook was written."""

import enum
import uuid

from fastapi import APIRouter, HTTPException, Query, Request

from ..data import scenarios
from ..data.rows import Writer, utc_now
from . import executor
from .auth import Caller


class Status(str, enum.Enum):
    pending = "pending"
    running = "running"
    completed = "completed"
    failed = "failed"
    cancelled = "cancelled"


def stamp(moment):
    return moment.isoformat() if moment else None


def _listed(row):
    return {"id": row["id"], "testSuiteId": row["suite_id"], "suite_name": row["name"],
            "is_categorical": row["category_name"] is not None,
            "category_name": row["category_name"], "status": row["status"],
            "startedAt": stamp(row["started_at"]), "completedAt": stamp(row["completed_at"]),
            "createdAt": stamp(row["created_at"]), "totalTests": row["total_tests"],
            "passedTests": row["passed_tests"], "failedTests": row["failed_tests"],
            "skippedTests": row["skipped_tests"] or 0, "languageCode": None}


def _one(row):
    return {key: stamp(value) if key.endswith("_at") else value for key, value in row.items()
            if key not in ("name", "description", "category_name", "tenant_id")}


def _select(request, table, where="", values=(), tail=""):
    with request.app.state.services.database.cursor() as cursor:
        cursor.execute(
            "SELECT id::text, suite_id::text, created_by::text, status, created_at, updated_at,"
            " started_at, completed_at, total_tests, passed_tests, failed_tests, skipped_tests,"
            f" trigger_type, trigger_metadata, name, category_name FROM {table} {where}"
            f" ORDER BY created_at DESC {tail}", values)
        return [dict(row) for row in cursor.fetchall()]


def _page(request, table, status, limit, skip):
    where, values = ("WHERE status = %s", (status,)) if status else ("", ())
    rows = _select(request, table, where, values, f"LIMIT {limit} OFFSET {skip}")
    with request.app.state.services.database.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} {where}", values)
        total = cursor.fetchone()["count"]
    return {"runs": [_listed(row) for row in rows], "total": total, "skip": skip, "limit": limit}


def current():
    router = APIRouter(prefix="/api/v1/suite-runs", tags=["suite-runs"])

    @router.get("/")
    def listing(request: Request, user=Caller, status_filter: Status = None,
                limit: int = Query(50, ge=1, le=500), skip: int = Query(0, ge=0)):
        return _page(request, "suite_runs", status_filter and status_filter.value, limit, skip)

    @router.get("/{run}")
    def one(run: uuid.UUID, request: Request, user=Caller):
        rows = _select(request, "suite_runs", "WHERE id = %s", (str(run),))
        if not rows:
            raise HTTPException(404, "Suite run not found")
        return _one(rows[0])

    @router.post("/{run}/retry")
    def retry(run: uuid.UUID, request: Request, user=Caller):
        """Creates and queues the run, and then answers 400, as the real one."""
        services = request.app.state.services
        with services.database.cursor() as cursor:
            cursor.execute("SELECT script_id::text FROM multi_turn_executions WHERE suite_run_id = %s"
                           " ORDER BY created_at LIMIT 20", (str(run),))
            scripts = [row["script_id"] for row in cursor.fetchall()]
            if not scripts:
                raise HTTPException(404, "Suite run not found")
            created = Writer(cursor, "current").run(
                None, "running", utc_now(), total=len(scripts), trigger="retry",
                metadata={"scenario_ids": scripts, "original_suite_run_id": str(run)})
        services.queue_run(created, scripts)
        raise HTTPException(400, "1 validation error for SuiteRunResponse\nupdated_at\n  Error "
                                 "extracting attribute: MissingGreenlet: greenlet_spawn has not been "
                                 "called; can't call await_only() here.")

    return router


def runbook():
    router = APIRouter(prefix="/api/v1/test-runs", tags=["test-runs"])

    @router.get("")
    def listing(request: Request, user=Caller, status: Status = None,
                limit: int = Query(50, ge=1, le=500), skip: int = Query(0, ge=0)):
        return _page(request, "test_runs", status and status.value, limit, skip)

    @router.post("/quick-test", status_code=202)
    def quick_test(request: Request, user=Caller):
        """The runbook's: a run of its own with one execution in it."""
        services = request.app.state.services
        scenario = executor.chosen(services.stack, scenarios.SCENARIOS[0])
        with services.database.cursor() as cursor:
            writer = Writer(cursor, "runbook")
            run = writer.run("Quick Test", "running", utc_now(), total=1, trigger="quick-test")
        executor.later(services, scenario, run=run)
        return {"id": run, "test_run_id": run, "status": "running"}

    @router.get("/{run}")
    def one(run: uuid.UUID, request: Request, user=Caller):
        rows = _select(request, "test_runs", "WHERE id = %s", (str(run),))
        if not rows:
            raise HTTPException(404, "Test run not found")
        return _one(rows[0])

    return router
