"""Scenarios, single executions of them, and the workers' health."""

import logging
import uuid
from typing import List

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from ..data import scenarios
from . import executor
from .auth import Caller
from .runs import stamp

router = APIRouter(prefix="/api/v1")


class Languages(BaseModel):
    language_codes: List[str] = ["en-US"]


@router.get("/scenarios/", tags=["scenarios"])
def listing(request: Request, user=Caller, skip: int = 0, limit: int = 100):
    with request.app.state.services.database.cursor() as cursor:
        cursor.execute("SELECT id::text, name, description, version, is_active, tenant_id::text,"
                       " created_by::text, script_metadata, created_at, updated_at"
                       " FROM scenario_scripts ORDER BY created_at OFFSET %s LIMIT %s", (skip, limit))
        found = [dict(row) for row in cursor.fetchall()]
        cursor.execute("SELECT id::text, script_id::text, step_order, user_utterance, step_metadata,"
                       " follow_up_action, created_at, updated_at FROM scenario_steps"
                       " ORDER BY script_id, step_order")
        steps = [dict(row) for row in cursor.fetchall()]
    for scenario in found:
        scenario["steps"] = [{key: value for key, value in step.items() if key != "script_id"}
                             for step in steps if step["script_id"] == scenario["id"]]
        scenario["languages"] = scenario["noise_config"] = None
    return found


@router.post("/multi-turn/execute/{script}", status_code=202, tags=["multi-turn"])
def execute(script: uuid.UUID, request: Request, body: Languages = None, user=Caller):
    """202 once the execution has ended, its id below `data`; or 500 with the
    failed execution stored: then the test ran, and failed."""
    services = request.app.state.services
    scenario = scenarios.BY_ID.get(str(script))
    if scenario is None:
        raise HTTPException(404, f"Scenario script {script} not found")
    scenario = executor.chosen(services.stack, scenario)
    execution = executor.begin(services, scenario)
    if scenario.crash:
        executor.crash(services, scenario, execution)
        raise HTTPException(500, f"Execution failed: {scenario.crash}")
    if services.stack.has_fault("quick-test-slow"):
        executor.colleague(services, scenario)
    passed, done = executor.complete(services, scenario, execution)
    return {"success": True, "data": {
        "script_id": scenario.id, "suite_run_id": "None", "execution_id": execution,
        "status": "completed", "total_steps": len(scenario.utterances), "completed_steps": done,
        "all_passed": passed}}


@router.get("/multi-turn/executions/{execution}", tags=["multi-turn"])
def one(execution: uuid.UUID, request: Request, user=Caller):
    services = request.app.state.services
    with services.database.cursor() as cursor:
        cursor.execute("SELECT e.*, s.name AS script_name FROM multi_turn_executions e"
                       " JOIN scenario_scripts s ON s.id = e.script_id WHERE e.id = %s",
                       (str(execution),))
        row = cursor.fetchone()
        if row is None:
            raise HTTPException(404, "Execution not found")
        cursor.execute("SELECT * FROM step_executions WHERE multi_turn_execution_id = %s"
                       " ORDER BY step_order", (str(execution),))
        steps = cursor.fetchall()
        cursor.execute("SELECT id, review_status FROM validation_results"
                       " WHERE multi_turn_execution_id = %s ORDER BY created_at", (str(execution),))
        results = cursor.fetchall()
    ended = row["completed_at"]
    return {"id": row["id"], "suite_run_id": row.get("suite_run_id") or row.get("test_run_id"),
            "script_id": row["script_id"], "script_name": row["script_name"],
            "status": row["status"], "created_at": stamp(row["created_at"]),
            "updated_at": stamp(row["updated_at"]), "started_at": stamp(row["started_at"]),
            "completed_at": stamp(ended), "error_message": row["error_message"],
            "execution_time": (ended - row["started_at"]).total_seconds() if ended else None,
            "validation_result_id": results[-1]["id"] if results else None,
            "validation_review_status": results[-1]["review_status"] if results else None,
            "step_executions": [
                {key: stamp(step[key]) if key == "executed_at" else step[key] for key in (
                    "id", "step_order", "user_utterance", "ai_response", "transcription",
                    "command_kind", "confidence_score", "validation_passed", "response_time_ms",
                    "executed_at", "error_message")} for step in steps],
            "total_steps": row["total_steps"], "completed_steps": len(steps)}


@router.get("/workers/health", tags=["workers"])
def workers(request: Request, user=Caller):
    """200 even when the body says critical; 500 without a broker; and slow,
    since it waits the whole time for workers that do not answer."""
    try:
        replies = request.app.state.services.celery.control.ping(timeout=1.0)
    except Exception as error:
        logging.getLogger("api.workers").error(f"Worker ping failed: {error}")
        raise HTTPException(500, f"Failed to inspect workers: {error}") from None
    found = [{"name": name, "status": "online"} for reply in replies or () for name in reply]
    alerts = [] if found else [{"level": "critical", "message": "No Celery workers responded to ping."}]
    return {"status": "healthy" if found else "critical",
            "totals": {"workers": len(found), "online": len(found), "offline": 0},
            "workers": found, "alerts": alerts}
