import TestSupport

/// Logs of what such a stack runs: a database, workers, web servers, exceptions.
extension LabelledLogs {
  static let postgres = LabelledLog(
    name: "Postgres",
    header: { random, line, level in
      "2026-11-23 \(clock(line)).\(millis(&random)) UTC [\(Int.random(in: 50...5000, using: &random))] \(level):  "
    },
    values: with([
      "table": .words([
        "users", "orders", "suite_runs", "validation_results", "audit_log", "queue_items", "sessions",
      ]),
      "column": .words(["id", "email", "created_at", "tenant_id", "status", "score"]),
      "db": .words(["voiceai", "analytics", "postgres", "template1"]),
      "condition": .words(["Connection reset by peer", "Broken pipe", "Connection timed out"]),
      "lock": .words(["AccessShareLock", "RowExclusiveLock", "ShareLock", "AccessExclusiveLock"]),
      "reason": .words(["time", "wal", "immediate force wait"]),
      "shutdown": .words(["smart", "fast", "immediate"]),
    ]),
    statements: [
      (150, "LOG", "connection received: host={ip} port={port}"),
      (150, "LOG", "connection authorized: user={user} database={db} application_name={host}"),
      (
        120, "LOG",
        "disconnection: session time: 0:00:{small}.{int} user={user} database={db} host={ip}[[ port={port}]]"
      ),
      (80, "LOG", "duration: {seconds} ms  statement: SELECT {column} FROM {table} WHERE {column} = {int}"),
      (
        40, "LOG",
        "duration: {seconds} ms  statement: UPDATE {table} SET {column} = '{hex}' WHERE id = '{uuid}'"
      ),
      (80, "LOG", "duration: {seconds} ms  execute <unnamed>: SELECT count(*) FROM {table}"),
      (40, "LOG", "checkpoint starting: {reason}"),
      (
        40, "LOG",
        "checkpoint complete: wrote {int} buffers ({percent}.{small}%); write={seconds} s, sync={seconds} s, total={seconds} s"
      ),
      (60, "ERROR", "relation \"{table}\" does not exist at character {int}"),
      (60, "ERROR", "column \"{column}\" does not exist at character {int}"),
      (60, "ERROR", "duplicate key value violates unique constraint \"{table}_{column}_key\""),
      (40, "ERROR", "null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"),
      (40, "ERROR", "canceling statement due to statement timeout"),
      (30, "ERROR", "canceling statement due to user request"),
      (20, "ERROR", "canceling statement due to lock timeout"),
      (20, "ERROR", "deadlock detected"),
      (20, "DETAIL", "Process {pid} waits for {lock} on transaction {int}; blocked by process {pid}."),
      (60, "FATAL", "password authentication failed for user \"{user}\""),
      (40, "FATAL", "database \"{db}\" does not exist"), (20, "FATAL", "role \"{user}\" does not exist"),
      (40, "FATAL", "sorry, too many clients already"),
      (40, "FATAL", "remaining connection slots are reserved for non-replication superuser connections"),
      (60, "LOG", "could not receive data from client: {condition}"),
      (30, "LOG", "could not send data to client: {condition}"),
      (60, "LOG", "process {pid} still waiting for {lock} on transaction {int} after {seconds} ms"),
      (40, "LOG", "process {pid} acquired {lock} on transaction {int} after {seconds} ms"),
      (60, "LOG", "automatic vacuum of table \"{db}.public.{table}\": index scans: {small}"),
      (60, "LOG", "automatic analyze of table \"{db}.public.{table}\""),
      (40, "LOG", "temporary file: path \"base/pgsql_tmp/pgsql_tmp{pid}.{small}\", size {int}"),
      (0, "LOG", "database system is ready to accept connections"),
      (0, "LOG", "database system was shut down at 2026-11-22 10:00:0{small} UTC"),
      (0, "LOG", "received {shutdown} shutdown request"),
      (0, "LOG", "listening on IPv4 address \"0.0.0.0\", port 5432"),
      (0, "PANIC", "could not write to file \"pg_wal/xlogtemp.{pid}\": No space left on device"),
      (0, "LOG", "server process (PID {pid}) was terminated by signal 9: Killed"),
    ]
  )

  static let celery = LabelledLog(
    name: "Celery",
    header: { random, line, level in
      "[2026-11-23 \(clock(line)),\(millis(&random)): \(level)/\(random.pick(["MainProcess", "ForkPoolWorker-1", "ForkPoolWorker-2", "ForkPoolWorker-13"]))] "
    },
    values: with([
      "task": .words([
        "tasks.orchestration.execute_step", "tasks.reports.render", "tasks.mail.send", "tasks.cleanup.expire",
        "tasks.worker_scaling.auto_scale_workers",
      ]),
      "queue": .words(["celery", "default", "email", "reports", "priority", "billing", "imports"]),
      "queues": .list("queue", 1...4, separator: ", "),
      "language": .words(["en-US", "fr-FR", "es-MX", "de-DE"]),
      "state": .words(["pending", "running", "completed", "failed", "cancelled"]),
      "error": .words([
        "TimeoutError('provider timed out')", "ConnectionError('refused')", "ValueError('bad audio')",
        "SoftTimeLimitExceeded()",
      ]),
      "file": .words(["audio.wav", "response.wav", "report.pdf", "summary.csv", "greeting.mp3"]),
      "scenario": .words(["Weather tomorrow", "Order coffee", "Play music", "Book a table", "Set timer"]),
    ]),
    statements: [
      (250, "INFO", "Task {task}[{uuid}] received"),
      (220, "INFO", "Task {task}[{uuid}] succeeded in {seconds}s: None"),
      (50, "ERROR", "Task {task}[{uuid}] raised unexpected: {error}"),
      (40, "INFO", "Task {task}[{uuid}] retry: Retry in {small}s: {error}"),
      (20, "WARNING", "Task {task}[{uuid}] retry: Retry in {small}s"),
      (60, "INFO", "Scheduler: Sending due task {queue} ({task})"),
      (80, "INFO", "Uploading {int} bytes to {host}/{file}"),
      (80, "INFO", "Uploaded {file} ({int} bytes) in {seconds}s"),
      (60, "INFO", "Execution {uuid} changed state from {state} to {state}"),
      (60, "INFO", "Step {small} of {small} finished for scenario {scenario} in {language}"),
      (60, "INFO", "Queue {queue} has {int} messages and {small} consumers"),
      (40, "WARNING", "Queue {queue} is above its limit: {int} > 500"),
      (30, "INFO", "Worker {host} joined"), (30, "INFO", "Worker {host} left"),
      (40, "INFO", "Consuming from queues: {queues}"),
      (30, "ERROR", "Error evaluating with {host}: API key is required"),
      (60, "INFO", "Validation of {file} passed with score {seconds}"),
      (50, "INFO", "Validation of {file} failed with score {seconds}"),
      (
        30, "WARNING",
        "Substantial drift from celery@{host} may mean clocks are out of sync. Current drift is {int} seconds."
      ),
      (30, "INFO", "missed heartbeat from celery@{host}"),
      (
        20, "ERROR",
        "consumer: Cannot connect to amqp://{user}:**@{ip}:5672//: [Errno 111] Connection refused."
      ),
      (20, "INFO", "Connected to amqp://{user}:**@{ip}:5672//"),
      (10, "ERROR", "Hard time limit ({int}s) exceeded for {task}[{uuid}]"),
      (10, "WARNING", "Soft time limit ({int}s) exceeded for {task}[{uuid}]"),
      (0, "INFO", "mingle: searching for neighbors"), (0, "INFO", "mingle: all alone"),
      (0, "INFO", "mingle: sync with {small} nodes"),
      (0, "WARNING", "worker: Warm shutdown (MainProcess)"), (0, "INFO", "celery@{host} ready."),
      (0, "ERROR", "Process 'ForkPoolWorker-{small}' pid:{pid} exited with 'signal 9 (SIGKILL)'"),
    ]
  )

  static let web = LabelledLog(
    name: "Web",
    header: { random, line, level in
      level == "access"
        ? ""
        : "2026/11/23 \(clock(line)) [\(level)] \(Int.random(in: 20...40, using: &random))#\(Int.random(in: 20...40, using: &random)): *\(line) "
    },
    values: with([
      "path": .words([
        "/", "/health", "/api/v1/suites", "/api/v1/runs/{uuid}", "/metrics", "/api/v1/users/{int}/keys",
        "/static/app.js", "/favicon.ico",
      ]),
      "method": .words(["GET", "POST", "PUT", "DELETE"]),
      "code": .words(["200", "304", "404", "201", "500", "502", "401"]),
      "phrase": .words([
        "200 OK", "404 Not Found", "500 Internal Server Error", "401 Unauthorized", "201 Created",
      ]),
      "agent": .words([
        "curl/7.88.1", "Mozilla/5.0 (X11; Linux x86_64)", "kube-probe/1.29", "python-requests/2.31.0",
      ]),
      "tail": .text([
        "client: {ip}, server: {host}, request: \"{method} {path} HTTP/1.1\", upstream: \"http://{ip}:8000{path}\", host: \"{host}\""
      ]),
      "shorttail": .text([
        "client: {ip}, server: {host}, request: \"{method} {path} HTTP/1.1\", host: \"{host}\""
      ]),
    ]),
    statements: [
      (600, "access", "INFO:     {ip}:{port} - \"{method} {path} HTTP/1.1\" {phrase}"),
      (
        500, "access",
        "{ip} - {user} [23/Nov/2026:17:25:06 +0000] \"{method} {path} HTTP/1.1\" {code} {int} \"-\" \"{agent}\""
      ),
      (120, "error", "connect() failed (111: Connection refused) while connecting to upstream, {tail}"),
      (
        100, "error",
        "upstream timed out (110: Connection timed out) while reading response header from upstream, {tail}"
      ),
      (
        60, "error",
        "upstream prematurely closed connection while reading response header from upstream, {tail}"
      ),
      (
        60, "error",
        "open() \"/usr/share/nginx/html{path}\" failed (2: No such file or directory), {shorttail}"
      ),
      (
        40, "warn",
        "a client request body is buffered to a temporary file /var/cache/nginx/client_temp/{int}, {shorttail}"
      ),
      (40, "error", "limiting requests, excess: {seconds} by zone \"{host}\", {shorttail}"),
      (30, "error", "no live upstreams while connecting to upstream, {tail}"),
      (20, "access", "INFO:     Started server process [{pid}]"),
      (20, "access", "INFO:     Finished server process [{pid}]"),
      (10, "access", "INFO:     Waiting for application startup."),
      (10, "access", "INFO:     Application startup complete."),
      (10, "access", "INFO:     Application shutdown complete."),
      (0, "access", "INFO:     Uvicorn running on http://{ip}:{port} (Press CTRL+C to quit)"),
      (0, "access", "WARNING:  Invalid HTTP request received."), (0, "notice", "signal process started"),
      (0, "emerg", "bind() to 0.0.0.0:80 failed (98: Address already in use)"),
    ]
  )

  static let exceptions = LabelledLog(
    name: "Exceptions",
    header: { random, line, level in
      level.isEmpty
        ? ""
        : "2026-11-23 \(clock(line)),\(millis(&random)) - \(random.pick(["api.routes.runs", "services.tts", "services.validation", "root"])) - \(level) - "
    },
    values: with([
      "key": .words(["name", "user_id", "language_code", "steps", "tenant", "audio_url"]),
      "attr": .words(["get", "items", "id", "status", "close", "text"]),
      "type": .words(["NoneType", "str", "dict", "list", "int"]),
      "table": .words(["users", "suite_runs", "step_executions", "defects"]),
      "language": .words(["en-US", "fr-FR", "es-MX"]),
      "provider": .words(["houndify", "openrouter", "elevenlabs", "deepgram"]),
      "command": .words(["WeatherCommand", "MusicCommand", "NoResultCommand", "TimerCommand"]),
      "file": .words(["config.yaml", "prompt.txt", "audio.wav", "secrets.env"]),
      "phrase": .words(["music", "clima", "reservation", "coffee", "météo", "good morning", "table for two"]),
      "why": .words([
        "Failed to connect. Probable cause: Unknown", "Read timed out", "HTTP 503 from provider",
        "Quota exceeded for project {int}",
      ]),
      "scenario": .words(["weather", "music", "reservation", "smalltalk"]),
    ]),
    statements: [
      (100, "", "KeyError: '{key}'"), (100, "", "AttributeError: '{type}' object has no attribute '{attr}'"),
      (60, "", "TypeError: unsupported operand type(s) for +: '{type}' and '{type}'"),
      (
        80, "",
        "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at \"{host}\" ({ip}), port {port} failed: Connection refused"
      ),
      (
        80, "",
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size {small} overflow {small} reached, connection timed out, timeout {seconds}"
      ),
      (
        60, "",
        "psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint \"{table}_pkey\""
      ),
      (60, "", "psycopg2.errors.UndefinedTable: relation \"{table}\" does not exist"),
      (
        60, "", "redis.exceptions.ConnectionError: Error 111 connecting to {host}:{port}. Connection refused."
      ),
      (60, "", "redis.exceptions.TimeoutError: Timeout reading from {host}:{port}"),
      (80, "", "httpx.ReadTimeout: The read operation timed out"),
      (40, "", "httpx.ConnectError: All connection attempts failed"),
      (60, "", "ValueError: invalid literal for int() with base 10: '{phrase}'"),
      (40, "", "FileNotFoundError: [Errno 2] No such file or directory: '{file}'"),
      (120, "ERROR", "Text-to-speech generation failed: {why}"),
      (120, "ERROR", "CommandKind mismatch: expected {command}, got {command}"),
      (120, "ERROR", "Missing required phrase: '{phrase}'"), (100, "ERROR", "Missing entity: '{key}'"),
      (80, "ERROR", "Confidence too low: {seconds} < 0.99"),
      (60, "ERROR", "Provider {provider} took {ms} ms for scenario {scenario}"),
      (60, "ERROR", "Provider {provider} returned {small} results for scenario {scenario}"),
      (60, "WARNING", "User {user} login failed from {host}"),
      (60, "INFO", "User {user} login succeeded from {host}"),
      (40, "ERROR", "Validation of scenario {scenario} rejected: language {language} not supported"),
      (40, "ERROR", "Rate limit of {provider} exceeded[[, retry after {small} s]]"),
      (0, "", "RuntimeError: Event loop is closed"), (0, "", "asyncio.exceptions.CancelledError"),
      (0, "", "MemoryError"),
      (0, "", "RecursionError: maximum recursion depth exceeded while calling a Python object"),
      (0, "CRITICAL", "Cannot load configuration {file}: not a mapping"),
      (0, "ERROR", "Token of user {user} expired {int} seconds ago"),
    ]
  )
}
