"""Runs one scenario for the multi-turn route: rows first, verdict later, and the
log lines between. Only some of the lines carry the execution's id."""

import dataclasses
import logging
import random
import threading
import time

import psycopg2

from ..data import scenarios
from ..data.rows import Writer, utc_now
from . import logs

log = logging.getLogger("services.multi_turn_execution_service")
judges = logging.getLogger("services.llm_pipeline_service")

#: Asked for by fault, whatever script is chosen.
FORCED = {"quick-test-fails": scenarios.BY_NAME["Test: CommandKind Mismatch FAIL"],
          "quick-test-errors": scenarios.BY_NAME["Test: TTS Failure"]}


def chosen(stack, scenario):
    """The scenario as it will end: a fault may make it end otherwise."""
    for fault, other in FORCED.items():
        if stack.has_fault(fault):
            return dataclasses.replace(scenario, errors=other.errors, crash=other.crash)
    return scenario


def begin(services, scenario, run=None):
    """Stores the execution as running. Returns its id."""
    log.info("===== STARTING MULTI-TURN SCENARIO EXECUTION =====")
    log.info(f"Script ID: {scenario.id}")
    log.info(f"Suite Run ID: {run}")
    log.info(f"✓ Loaded scenario: {scenario.name} ({len(scenario.utterances)} steps)")
    with services.database.cursor() as cursor:
        execution = Writer(cursor, services.stack.schema).execution(scenario, utc_now(), run=run)
    log.info(f"✓ Created execution record: {execution}")
    logs.emit_event("multi_turn_execution_started", f"execution_{execution}")
    return execution


def crash(services, scenario, execution):
    """The speech synthesis failed: the execution is stored as failed."""
    with services.database.cursor() as cursor:
        writer = Writer(cursor, services.stack.schema)
        writer.step(execution, scenario, 1, utc_now(), error=scenario.crash)
        writer.crash(execution, utc_now(), scenario.crash)
    log.error(f"✗ Execution failed: {scenario.crash}")
    logs.emit_event("multi_turn_execution_failed", f"execution_{execution}")


def colleague(services, scenario):
    """Somebody else runs the same script, and theirs fails while ours still runs."""
    theirs = begin(services, scenario)
    crash(services, dataclasses.replace(scenario, crash=scenarios.TTS_ERROR), theirs)
    time.sleep(3.0 / services.stack.speed)


def complete(services, scenario, execution, run=None):
    """Speaks every step, judges it, and ends at the first that fails.
    Returns whether all passed, and how many steps were spoken."""
    errors, moments = (), []
    for order in range(1, len(scenario.utterances) + 1):
        took = random.uniform(0.3, 0.9)
        time.sleep(random.uniform(1.0, 3.0) / len(scenario.utterances) / services.stack.speed)
        log.info(f"\n===== STEP {order}/{len(scenario.utterances)}: {scenario.utterances[order - 1]} =====")
        log.info("STEP 1.1: Generating TTS audio for language variants")
        log.info(f"    - Transcription: {scenario.utterances[order - 1]}")
        log.info(f"    - Command Kind: {scenario.command}")
        log.info("    - Confidence: 0.95")
        with services.database.cursor() as cursor:
            writer = Writer(cursor, services.stack.schema)
            step = writer.step(execution, scenario, order, utc_now(), int(took * 1000))
            row = None
            if writer.current or run is not None:
                row, errors, score = writer.result(execution, step, scenario, utc_now(), run)
                if errors:
                    writer.review(row, scenario, score, utc_now())
        moments.append(took)
        verdict(scenario, row, errors)
        if errors:
            log.warning(f"⚠️ Step {order} validation failed - stopping execution")
            break
    with services.database.cursor() as cursor:
        writer = Writer(cursor, services.stack.schema)
        writer.finish(execution, utc_now())
        if run is not None:
            cursor.execute(f"UPDATE {writer.runs} SET status = 'completed', completed_at = now(),"
                           " updated_at = now(), passed_tests = %s, failed_tests = %s WHERE id = %s",
                           (int(not errors), int(bool(errors)), run))
    log.info("===== MULTI-TURN SCENARIO COMPLETED SUCCESSFULLY =====")
    logs.emit_event("multi_turn_execution_completed", f"execution_{execution}")
    return not errors, order


def verdict(scenario, row, errors):
    """The lines that say pass or fail: they name the result, not the execution."""
    word = "fail" if errors else "pass"
    log.info(f"    - Validation: {'✗ FAILED' if errors else '✓ PASSED'}")
    log.info(f"\nSTEP 1.3: Creating ValidationResults for each language\n"
             f"  - {scenario.language}: ValidationResult {row} created")
    if errors:
        logging.getLogger("services.llm_providers.base").error(
            "Error evaluating with openrouter: OpenRouter API key is required. "
            "Set OPENROUTER_api_key=***MASKED*** variable or pass api_key.")
    judges.info(f"Pipeline complete: {word} (score={0.0 if errors else 0.92:.2f}, confidence=high, "
                "type=high_consensus)")
    log.info(f"  - {scenario.language}: Combined decision: houndify={not errors}, llm={word}, "
             f"final={word}, status=auto_{word}, latency=33ms")


def later(services, scenario, execution=None, run=None):
    """Completes in the background: the answer does not wait for the verdict."""
    def work():
        nonlocal execution
        try:
            if execution is None:
                execution = begin(services, scenario, run)
            complete(services, scenario, execution, run)
        except (OSError, psycopg2.Error) as error:
            log.error(f"✗ Execution {execution} lost its database: {error}")
    threading.Thread(target=work, daemon=True).start()
