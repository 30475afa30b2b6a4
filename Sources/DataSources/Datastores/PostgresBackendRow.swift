internal import Facts

/// One connection of `pg_stat_activity` as the sections tell it.
///
/// What a role may not see is null there: it is unknown, not none.
struct PostgresBackendRow {
  let record: PostgresRecord
  let pid: Int

  init?(_ record: PostgresRecord) {
    guard let pid = record["pid"].integer else { return nil }
    self.record = record
    self.pid = pid
  }

  static let hidden: SafeText = "not for this role"

  /// Whether the role may see what it does: of another's connection the server tells nothing but who has it.
  var isSeen: Bool { record["backend_type"].text != nil }
  static let client = "client backend"

  var state: String? { record["state"].text }

  /// The processes that hold it up.
  var blockers: [Int] {
    (record["blockers"].text ?? "").split(separator: ",").compactMap { Int($0) }
  }

  var isIdleInTransaction: Bool { state?.hasPrefix("idle in transaction") == true }

  var user: DatastoreValue {
    record["user"].text.map { .text(SafeText($0)) } ?? (isSeen ? .none : .unknown(Self.hidden))
  }

  var clientWord: DatastoreValue {
    let parts = [record["application"].text ?? "", record["client"].text ?? ""].filter { !$0.isEmpty }
    return parts.isEmpty
      ? (isSeen ? .none : .unknown(Self.hidden)) : .text(SafeText(parts.joined(separator: " ")))
  }

  var stateWord: DatastoreValue {
    if let state { return .text(SafeText(state)) }
    guard let type = record["backend_type"].text, type != Self.client else { return .unknown(Self.hidden) }
    return .text(SafeText(type))
  }

  /// `Lock transactionid`; a client that is waited for is no wait of the server's.
  var wait: DatastoreValue {
    guard isSeen else { return .unknown(Self.hidden) }
    guard let type = record["wait_event_type"].text else { return .none }
    return .text(
      SafeText([type, record["wait_event"].text ?? ""].filter { !$0.isEmpty }.joined(separator: " "))
    )
  }

  var transaction: DatastoreValue { age("xact_age") }

  /// How long its query runs; of one that runs none there is none.
  var queryAge: DatastoreValue {
    guard isSeen else { return .unknown(Self.hidden) }
    return state == "active" ? age("query_age") : .none
  }

  var stateAge: DatastoreValue { age("state_age") }

  private func age(_ column: String) -> DatastoreValue {
    .seconds(record[column].number, else: isSeen ? .none : .unknown(Self.hidden))
  }

  /// The statement on one line.
  var query: DatastoreValue {
    guard isSeen, let query = record["query"].text else { return .unknown(Self.hidden) }
    let line = query.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.isEmpty ? .none : .text(SafeText(told: line, limit: 1_000))
  }

  /// How bad it is, and why.
  var judgement: (state: FactState, word: SafeText) {
    if !blockers.isEmpty {
      return (.warn, SafeText("waits for \(blockers.map(String.init).joined(separator: ", "))"))
    }
    if isIdleInTransaction, let seconds = record["state_age"].number,
      .seconds(min(seconds, 1e9)) >= PostgresStore.idleTooLong
    {
      return (.warn, SafeText("idle in its transaction for \(Format.age(.seconds(min(seconds, 1e9))))"))
    }
    return (.ok, "")
  }

  /// A line of it with those cells; it can be acted on where a client stands behind it and the role may see whose.
  func row(_ cells: [DatastoreValue], id: String? = nil) -> DatastoreRow {
    var row = DatastoreRow(id: id ?? "\(pid) \(record["begun"].integer ?? 0)", cells)
    (row.state, row.word) = judgement
    if record["backend_type"].text == Self.client, let begun = record["begun"].integer {
      row.kind = .connection
      row.arguments = ["pid": String(pid), "begun": String(begun)]
      row.arguments["query_begun"] = record["query_begun"].integer.map(String.init)
    }
    row.details = [
      ("user", user), ("client", clientWord),
      ("database", .text(told: record["database"].text, else: Self.hidden)),
      ("state", stateWord), ("for", stateAge), ("wait", wait), ("transaction", transaction),
      ("query", queryAge),
    ]
    if !blockers.isEmpty {
      row.details.append(("waits for", .text(SafeText(blockers.map(String.init).joined(separator: ", ")))))
    }
    if isSeen, let query = record["query"].text {
      row.text = query.split(separator: "\n", omittingEmptySubsequences: false).prefix(200).map {
        SafeText(told: String($0))
      }
    }
    return row
  }
}
