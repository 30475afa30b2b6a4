internal import Facts

/// The tools of databases, caches, brokers and workers, on a service or by themselves.
enum ToolCommands {
  private static let psqlValues: Set<String> = [
    "-U", "--username", "-h", "--host", "-p", "--port", "-d", "--dbname", "-c", "--command", "-f", "--file",
    "-v",
  ]

  /// Reads what is run on `service`; nil of what isn't known, or where it isn't known whose tool it is.
  static func read(_ words: CommandWords, on service: String?) -> Recognition? {
    guard let program = words.first else { return nil }
    switch program {
    case "pg_isready": return probe(service, "postgres")
    case "psql": return psql(words, service)
    case "redis-cli": return redis(words, service)
    case "rabbitmqctl", "rabbitmq-diagnostics": return rabbit(words, service)
    case "celery": return celery(words)
    case "curl", "wget": return CurlCommand(words).read()
    case "sh", "bash", "ash": return service.map { Recognition(.tool("shell", target: $0)) }
    default: return nil
    }
  }

  private static func probe(_ service: String?, _ kind: String) -> Recognition {
    Recognition(.check("probe.\(ComposeCommands.quoted(service ?? kind)).\(kind) is ok"))
  }

  private static func psql(_ words: CommandWords, _ service: String?) -> Recognition? {
    guard let statement = words.value(of: "-c", "--command") else {
      guard words.value(of: "-f", "--file") == nil else { return nil }
      return Recognition(.tool("psql", target: service ?? "postgres"))
    }
    return query(statement)
  }

  /// Words that change something wherever they stand in a statement.
  private static let changing: Set<String> = [
    "insert", "update", "delete", "merge", "truncate", "drop", "alter", "create", "grant", "revoke", "copy",
    "call", "do", "vacuum", "reindex", "refresh", "lock", "set", "reset", "into", "nextval", "setval",
    "pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_switch_wal", "dblink_exec",
  ]

  /// A statement that only reads; nil where it may change anything.
  static func query(_ statement: String) -> Recognition? {
    let words = statement.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    guard let first = words.first, ["select", "with", "show", "explain", "table", "values"].contains(first),
      changing.isDisjoint(with: words)
    else { return nil }
    return Recognition(.query(statement), harm: harm(ofQuery: Set(words)))
  }

  /// What has another name today than runbooks give it.
  private static func harm(ofQuery words: Set<String>) -> String? {
    if words.contains("test_runs") {
      return "the table may be called suite_runs: which one is there is looked up"
    }
    if words.contains("validation_results"), words.contains("confidence_score") {
      return "the column may be gone: which one tells confidence is looked up"
    }
    if words.contains("status"), words.contains("failed") {
      return "a run whose validations failed is `completed`: it is not among these"
    }
    return nil
  }

  private static func redis(_ words: CommandWords, _ service: String?) -> Recognition? {
    var words = words
    _ = words.next()
    let connection: Set<String> = ["-h", "-p", "-a", "-n", "-u", "--user", "--pass"]
    guard words.rest.allSatisfy({ !$0.hasPrefix("--") || connection.contains($0) }) else { return nil }
    words.skipOptions(withValue: connection)
    guard let command = words.first?.lowercased() else {
      return Recognition(.tool("redis-cli", target: service ?? "redis"))
    }
    switch command {
    case "ping": return probe(service, "redis")
    case "info": return Recognition(.check("redis.memory is known"))
    default: return nil
    }
  }

  private static func rabbit(_ words: CommandWords, _ service: String?) -> Recognition? {
    var words = words
    words.skipProgram(withValue: ["-n", "-p", "--vhost", "-t", "--timeout"])
    switch words.first {
    case "status", "ping", "check_running", "check_local_alarms", "alarms": return probe(service, "rabbitmq")
    case "list_queues": return Recognition(.view("queues"))
    case "purge_queue":
      return words.second.map {
        Recognition(
          .act(PurgeQueue.descriptor.id, targets: [$0]),
          harm: "loses all that waits, and no copy is kept"
        )
      }
    default: return nil
    }
  }

  private static func celery(_ words: CommandWords) -> Recognition? {
    var words = words
    words.skipProgram(withValue: ["-A", "--app", "-b", "--broker", "--workdir"])
    switch words.next() {
    case "inspect":
      guard let what = words.next(), ["active", "reserved", "ping"].contains(what)
      else { return nil }
      return Recognition(.act(ActionID("workers.\(what)"), targets: []))
    case "status": return Recognition(.act(PingWorkers.descriptor.id, targets: []))
    case "purge":
      return Recognition(
        .act(PurgeQueue.descriptor.id, targets: [words.value(of: "-Q", "--queues") ?? "celery"]),
        harm: "loses all that waits, no copy is kept, and queues that nobody consumes stay full"
      )
    case "control":
      guard let verb = words.next() else { return nil }
      // The console asks all workers of a queue, not those that somebody names.
      guard words.value(of: "-d", "--destination") == nil else { return nil }
      let rest = words.operands(withValue: ["-t", "--timeout", "-s", "--signal"])
      switch (verb, rest.first) {
      case ("revoke", .some(let id)) where rest.count == 1:
        var arguments = ["task": id]
        if words.has("--terminate", "-T") { arguments["terminate"] = "terminate" }
        return Recognition(.act(RevokeTask.descriptor.id, targets: [], arguments: arguments))
      case ("pool_grow", let count), ("pool_shrink", let count):
        let action = verb == "pool_grow" ? GrowPool.descriptor : ShrinkPool.descriptor
        return Recognition(.act(action.id, targets: [], arguments: ["count": count ?? "1"]))
      default: return nil
      }
    default: return nil
    }
  }
}
