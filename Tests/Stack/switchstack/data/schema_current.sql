-- Today's schema: the tables and columns that triage reads, named and typed
-- as in the real one (tables that only point at these are left out).
CREATE TABLE users (
    tenant_id uuid, email varchar(255) NOT NULL, username varchar(100) NOT NULL,
    password_hash varchar(255), full_name varchar(255), role varchar(50),
    is_active boolean NOT NULL, language_proficiencies varchar(10)[],
    last_login_at timestamptz, id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    is_organization_owner boolean NOT NULL DEFAULT false,
    organization_name varchar(255), organization_settings jsonb);
CREATE UNIQUE INDEX ix_users_email ON users (email);

CREATE TABLE test_suites (
    tenant_id uuid, name varchar(255) NOT NULL, description text, category varchar(100),
    is_active boolean NOT NULL, created_by uuid REFERENCES users(id), judge_persona_id uuid,
    id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    language_config jsonb);

CREATE TABLE scenario_scripts (
    tenant_id uuid, name varchar(255) NOT NULL, description text, version varchar(50),
    is_active boolean NOT NULL, script_metadata jsonb, created_by uuid REFERENCES users(id),
    owner_id uuid REFERENCES users(id), approval_status varchar(50) NOT NULL,
    reviewed_by uuid REFERENCES users(id), reviewed_at timestamptz, review_notes text,
    id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    validation_mode varchar(50) NOT NULL DEFAULT 'houndify');

CREATE TABLE scenario_steps (
    script_id uuid NOT NULL REFERENCES scenario_scripts(id), step_order integer NOT NULL,
    user_utterance text NOT NULL, step_metadata jsonb, follow_up_action varchar(100),
    id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE suite_runs (
    tenant_id uuid, suite_id uuid, created_by uuid, status varchar(50) NOT NULL,
    started_at timestamptz, completed_at timestamptz, total_tests integer, passed_tests integer,
    failed_tests integer, skipped_tests integer, trigger_type varchar(50), trigger_metadata jsonb,
    id uuid NOT NULL CONSTRAINT suite_runs_pkey PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    name varchar(255), description text, category_name varchar(255),
    CONSTRAINT test_runs_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
    CONSTRAINT test_runs_suite_id_fkey FOREIGN KEY (suite_id) REFERENCES test_suites(id));
CREATE INDEX ix_suite_runs_status ON suite_runs (status);

CREATE TABLE multi_turn_executions (
    suite_run_id uuid REFERENCES suite_runs(id), script_id uuid NOT NULL REFERENCES scenario_scripts(id),
    user_id varchar(255) NOT NULL, conversation_state_id varchar(255),
    current_step_order integer NOT NULL, total_steps integer NOT NULL, status varchar(50) NOT NULL,
    conversation_state jsonb, started_at timestamptz, completed_at timestamptz, error_message text,
    id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    suite_id uuid CONSTRAINT fk_multi_turn_executions_suite_id REFERENCES test_suites(id),
    tenant_id uuid NOT NULL
        CONSTRAINT fk_multi_turn_executions_tenant_id REFERENCES users(id) ON DELETE CASCADE);
CREATE INDEX ix_multi_turn_executions_suite_run_id ON multi_turn_executions (suite_run_id);
CREATE INDEX ix_multi_turn_executions_status ON multi_turn_executions (status);

CREATE TABLE voice_test_executions (
    suite_run_id uuid NOT NULL REFERENCES suite_runs(id), language_code varchar(10),
    status varchar(50) NOT NULL, started_at timestamptz, completed_at timestamptz, error_message text,
    id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE step_executions (
    multi_turn_execution_id uuid NOT NULL REFERENCES multi_turn_executions(id),
    step_id uuid NOT NULL REFERENCES scenario_steps(id), step_order integer NOT NULL,
    user_utterance text NOT NULL, request_id varchar(255) NOT NULL, ai_response text,
    transcription text, command_kind varchar(100), confidence_score double precision,
    conversation_state_before jsonb, conversation_state_after jsonb, validation_passed boolean,
    validation_details jsonb, response_time_ms integer, executed_at timestamptz NOT NULL,
    error_message text, id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    audio_data_urls jsonb, response_audio_urls jsonb);
CREATE INDEX ix_step_executions_execution_id ON step_executions (multi_turn_execution_id);

CREATE TABLE expected_outcomes (
    outcome_code varchar(100) NOT NULL, name varchar(255) NOT NULL, description text,
    scenario_step_id uuid REFERENCES scenario_steps(id), expected_command_kind varchar(100),
    expected_asr_confidence_min double precision, expected_response_content jsonb,
    id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    tenant_id uuid NOT NULL);

CREATE TABLE validation_results (
    tenant_id uuid, suite_run_id uuid REFERENCES suite_runs(id), intent_match_score double precision,
    entity_match_score double precision, command_kind_match_score double precision,
    asr_confidence_score double precision, command_intent_consistency_score double precision,
    voice_test_execution_id uuid, expected_outcome_id uuid REFERENCES expected_outcomes(id),
    review_status varchar(32), ensemble_result jsonb, id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    multi_turn_execution_id uuid
        CONSTRAINT fk_validation_results_multi_turn_execution_id REFERENCES multi_turn_executions(id),
    step_execution_id uuid
        CONSTRAINT fk_validation_results_step_execution_id REFERENCES step_executions(id),
    language_code varchar(16), houndify_passed boolean, houndify_result jsonb, llm_passed boolean,
    final_decision varchar(32));
CREATE INDEX ix_validation_results_execution_id ON validation_results (multi_turn_execution_id);
CREATE INDEX ix_validation_results_step_execution_id ON validation_results (step_execution_id);
CREATE INDEX ix_validation_results_suite_run_id ON validation_results (suite_run_id);
CREATE INDEX ix_validation_results_review_status ON validation_results (review_status);

CREATE TABLE validation_queue (
    validation_result_id uuid NOT NULL REFERENCES validation_results(id) ON DELETE CASCADE,
    priority integer NOT NULL, confidence_score numeric(5,2), language_code varchar(10),
    claimed_by uuid REFERENCES users(id) ON DELETE SET NULL, claimed_at timestamptz,
    status varchar(50) NOT NULL, requires_native_speaker boolean NOT NULL,
    id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ix_validation_queue_result_id ON validation_queue (validation_result_id);

CREATE TABLE human_validations (
    validation_result_id uuid NOT NULL REFERENCES validation_results(id) ON DELETE CASCADE,
    validator_id uuid NOT NULL REFERENCES users(id) ON DELETE CASCADE, claimed_at timestamptz,
    submitted_at timestamptz, validation_decision varchar(50), feedback text,
    time_spent_seconds integer, is_second_opinion boolean NOT NULL, id uuid NOT NULL PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    tenant_id uuid NOT NULL REFERENCES users(id) ON DELETE CASCADE);

CREATE TABLE defects (
    id uuid NOT NULL PRIMARY KEY, tenant_id uuid,
    test_execution_id uuid REFERENCES suite_runs(id) ON DELETE SET NULL,
    severity varchar(50) NOT NULL, category varchar(100) NOT NULL, title varchar(255) NOT NULL,
    description text, language_code varchar(10), detected_at timestamptz NOT NULL,
    status varchar(50) NOT NULL DEFAULT 'open', assigned_to uuid REFERENCES users(id) ON DELETE SET NULL,
    resolved_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
    jira_issue_key varchar(100), jira_issue_url varchar(2048), jira_status varchar(100),
    script_id uuid REFERENCES scenario_scripts(id) ON DELETE SET NULL,
    execution_id uuid CONSTRAINT fk_defects_execution_id REFERENCES multi_turn_executions(id) ON DELETE SET NULL,
    suite_run_id uuid CONSTRAINT fk_defects_suite_run_id REFERENCES suite_runs(id) ON DELETE SET NULL);
