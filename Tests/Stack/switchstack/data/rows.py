"""Rows as the framework writes them: a run, its executions, their steps and
results. One writer for the seed, the backend and the worker, in both schemas."""

import datetime
import json
import uuid

from . import scenarios

LLM_ERROR = ("Evaluation failed: OpenRouter API key is required. Set OPENROUTER_API_KEY environment "
             "variable or pass api_key.")


def new_id():
    return str(uuid.uuid4())


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def _seconds(value):
    return datetime.timedelta(seconds=value)


class Writer:
    """Writes rows through one cursor, under the names of the schema."""

    def __init__(self, cursor, schema):
        self.cursor = cursor
        self.current = schema == "current"
        self.runs = "suite_runs" if self.current else "test_runs"
        self.run_id = "suite_run_id" if self.current else "test_run_id"

    def insert(self, table, **columns):
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        values = [json.dumps(value) if isinstance(value, dict) else value
                  for value in columns.values()]
        self.cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)

    def run(self, name, status, at, finished=None, total=0, passed=0, failed=0, category=None,
            suite=None, trigger=None, metadata=None, run=None):
        """A run; a retry's name is NULL, as the framework leaves it."""
        run = run or new_id()
        self.insert(self.runs, id=run, tenant_id=scenarios.TENANT, created_by=scenarios.TENANT,
                    suite_id=suite, status=status, started_at=at, completed_at=finished,
                    total_tests=total, passed_tests=passed, failed_tests=failed,
                    skipped_tests=None, trigger_type=trigger, trigger_metadata=metadata,
                    created_at=at, updated_at=finished or at, name=name, category_name=category,
                    description=None if name is None else "Automated execution of "
                    + (f"category: {category}" if category else f"test suite: {name}"))
        return run

    def execution(self, scenario, at, run=None, status="running", execution=None, suite=None):
        """An execution that has begun; `finish` or `crash` ends it."""
        execution = execution or new_id()
        user = f"test_user_{run}"
        conversation = f"conv_{user}_{int(at.timestamp())}"
        self.insert("multi_turn_executions", id=execution, script_id=scenario.id, user_id=user,
                    conversation_state_id=conversation, current_step_order=1,
                    total_steps=len(scenario.utterances), status=status,
                    conversation_state={"Domain": "general", "TurnCount": 1, "DialogPhase": "initial",
                                        "PendingSlots": [], "CollectedSlots": {},
                                        "ConversationStateId": conversation,
                                        "ConversationStateTime": int(at.timestamp())},
                    started_at=at, created_at=at, updated_at=at, suite_id=suite,
                    tenant_id=scenarios.TENANT, **{self.run_id: run})
        return execution

    def step(self, execution, scenario, order, at, milliseconds=None, error=None, request=None):
        """One spoken step. validation_passed is false whatever came out of it:
        so it is in every row of the real table."""
        step = new_id()
        heard = error is None
        utterance = scenario.utterances[order - 1]
        self.insert("step_executions", id=step, multi_turn_execution_id=execution,
                    step_id=scenario.step_id(order), step_order=order, user_utterance=utterance,
                    request_id=request or f"req_{execution}_{order}",
                    ai_response=scenario.response if heard else None,
                    transcription=utterance if heard else None,
                    command_kind=scenario.command if heard else None,
                    confidence_score=0.95 if heard else None, validation_passed=False,
                    response_time_ms=milliseconds if heard else None, executed_at=at,
                    error_message=error, created_at=at, updated_at=at)
        return step

    def result(self, execution, step, scenario, at, run=None, failing=None):
        """The verdict on one step; `failing` overrides the scenario's own."""
        errors = list(scenario.errors) if failing is None else list(failing)
        scored = scenario if failing is None else _with_errors(scenario, errors)
        passed = not errors
        row = new_id()
        columns = {
            "id": row, "tenant_id": scenarios.TENANT, self.run_id: run,
            "command_kind_match_score": 1.0 if scored.kind_matches else 0.0,
            "asr_confidence_score": 0.95, "expected_outcome_id": scenario.outcome_id,
            "review_status": "auto_pass" if passed else "auto_fail",
            "ensemble_result": ensemble(passed), "created_at": at, "updated_at": at,
            "multi_turn_execution_id": execution, "step_execution_id": step,
        }
        if self.current:
            columns.update(language_code=scenario.language, houndify_passed=passed,
                           houndify_result=houndify(scored, errors), llm_passed=passed,
                           final_decision="pass" if passed else "fail")
        else:
            columns.update(confidence_score=scored.score, accuracy_score=scored.score,
                           semantic_similarity_score=scored.score, wer_score=0.0, cer_score=0.0,
                           ser_score=0.0)
        self.insert("validation_results", **columns)
        return row, errors, scored.score

    def review(self, result, scenario, score, at, priority=1):
        """A place in the reviewers' queue; its score is of 100."""
        self.insert("validation_queue", id=new_id(), validation_result_id=result,
                    priority=priority, confidence_score=round(score * 100, 2),
                    language_code=scenario.language, status="pending",
                    requires_native_speaker=scenario.language != "en-US",
                    created_at=at, updated_at=at)

    def needs_review(self, result):
        """The evaluators disagree: the content passed, the judges did not."""
        changes = "review_status = 'needs_review'"
        if self.current:
            changes += ", llm_passed = false, final_decision = 'uncertain'"
        self.cursor.execute(f"UPDATE validation_results SET {changes} WHERE id = %s", (result,))

    def finish(self, execution, at):
        self.cursor.execute("UPDATE multi_turn_executions SET status = 'completed', completed_at = %s,"
                            " updated_at = %s WHERE id = %s", (at, at, execution))

    def crash(self, execution, at, error):
        self.cursor.execute("UPDATE multi_turn_executions SET status = 'failed', completed_at = %s,"
                            " updated_at = %s, error_message = %s WHERE id = %s",
                            (at, at, error, execution))

    def whole_execution(self, scenario, at, milliseconds, run=None, failing=None, crash=None,
                        review=False, suite=None):
        """An execution from its beginning to its end. Returns its id, whether
        it passed, and when it ended."""
        execution = self.execution(scenario, at, run=run, suite=suite)
        if crash:
            end = at + _seconds(0.066)
            self.step(execution, scenario, 1, at + _seconds(0.03), error=crash)
            self.crash(execution, end, crash)
            return execution, False, end
        end = at + _seconds(milliseconds / 1000 + 0.2)
        step = self.step(execution, scenario, 1, at + _seconds(milliseconds / 1000), milliseconds)
        if self.current or run is not None:
            row, errors, score = self.result(execution, step, scenario, end, run, failing)
            if errors or review:
                self.review(row, scenario, score, end, priority=1 if errors else 2)
            if review and not errors:
                self.needs_review(row)
        else:
            errors = list(scenario.errors if failing is None else failing)
        self.finish(execution, end)
        return execution, not errors, end


def _with_errors(scenario, errors):
    import dataclasses
    return dataclasses.replace(scenario, errors=tuple(errors))


def ensemble(passed):
    """What the two judging models said: without a key they refuse."""
    score = 0.92 if passed else 0.0
    reason = "The response answers the question." if passed else LLM_ERROR
    return {"confidence": "high", "latency_ms": 0, "final_score": score,
            "consensus_type": "high_consensus", "final_decision": "pass" if passed else "fail",
            "curator_decision": None, "score_difference": 0.0, "curator_reasoning": None,
            "evaluator_a_score": score, "evaluator_b_score": score, "curator_latency_ms": 0,
            "evaluator_a_scores": None, "evaluator_b_scores": None,
            "evaluator_a_reasoning": reason, "evaluator_b_reasoning": reason,
            "evaluator_a_latency_ms": 0, "evaluator_b_latency_ms": 0}


def houndify(scenario, errors):
    """The jsonb that carries the reason of a failure, in the real one's shape:
    an error stands in the list and again under the check that it is of."""
    entity = [error for error in errors if error.startswith("Missing entity")]
    phrases = [error for error in errors if error.startswith("Missing required phrase")]
    patterns = [error for error in errors if error.startswith("Regex")]
    names = [error.split("'")[1] for error in entity]
    actual = {"mock": True, "domain": "general", "prompt": scenario.utterances[0], "turn_count": 1,
              "collected_slots": {}}
    expected = {name: "today" if name == "time" else name for name in names} or None
    content = {"errors": phrases + patterns, "passed": not (phrases or patterns), "details": {
        "regex": {"failed": [error.split("'")[1] for error in patterns], "passed": not patterns,
                  "matched": []},
        "contains": {"passed": not phrases, "matched": [],
                     "missing": [error.split("'")[1] for error in phrases]},
        "not_contains": {"found": [], "passed": True}, "regex_not_match": {"found": [], "passed": True},
        "forbidden_phrases": {"found": [], "passed": True}}}
    return {"errors": list(errors), "method": "expected_outcome", "passed": not errors,
            "latency_ms": 20, "asr_confidence": 0.95, "actual_entities": actual,
            "validation_score": scenario.score,
            "entity_validation": {"score": 0.0 if entity else 1.0, "errors": entity,
                                  "passed": not entity,
                                  "details": {"actual": actual, "matched": [], "missing": names,
                                              "expected": expected, "mismatched": []}},
            "expected_entities": expected, "command_kind_match": scenario.kind_matches,
            "actual_command_kind": scenario.command, "expected_outcome_id": scenario.outcome_id,
            "expected_command_kind": scenario.expected or scenario.command,
            "response_content_result": content,
            "expected_asr_confidence_min":
                0.99 if any(error.startswith("Confidence") for error in errors) else 0.7,
            "response_content_validation": content}
