internal import Facts

/// What the attention statement answered.
struct RunsReading {
  var total = 0
  var stuck = 0
  var failedLastHour = 0
  /// How many executions ended within five minutes.
  var ended = 0
  /// How many of them are good.
  var good = 0
  var rows: [RunRow] = []
  /// The failed tasks that are of an item, whether or not that is among the rows.
  var placedTasks: Set<String> = []

  private static let width = 21

  /// Reads the rows of ``RunsQueries/attention``: the counts stand in each, and the items from column 5.
  ///
  /// `tasks` are those that it asked about.
  init(_ table: PostgresTable, tasks: [TaskFailure] = []) {
    guard let first = table.rows.first, first.count == Self.width else { return }
    total = first[0].integer ?? 0
    stuck = first[1].integer ?? 0
    failedLastHour = first[2].integer ?? 0
    if let ended = first[3].integer, let good = first[4].integer { (self.ended, self.good) = (ended, good) }
    rows = table.rows.compactMap { Self.row($0, tasks) }
    placedTasks = Set(Self.ids(first[20], tasks))
  }

  private static func row(_ values: [PostgresValue], _ known: [TaskFailure]) -> RunRow? {
    guard values.count == width, let id = values[6].text, let created = values[9].time else { return nil }
    let failed = values[12].integer ?? 0
    let autoFail = values[13].integer ?? 0
    var attention: RunRow.Attention = []
    if values[14].flag == true { attention.insert(.status) }
    if failed > 0 { attention.insert(.executions) }
    if autoFail > 0 { attention.insert(.validations) }
    if values[15].flag == true { attention.insert(.stuck) }
    let tasks = ids(values[18], known)
    if !tasks.isEmpty { attention.insert(.tasks) }
    var row = RunRow(
      id: id,
      kind: values[5].integer == 1 ? .execution : .run,
      name: values[7].text.map { SafeText(told: $0) },
      status: SafeText(values[8].text ?? ""),
      reason: values[16].text.map { SafeText(told: $0) },
      createdAt: created,
      updatedAt: values[10].time ?? created,
      executions: values[11].integer ?? 0,
      failedExecutions: failed,
      failedValidations: autoFail,
      attention: attention
    )
    row.isSearched = values[17].flag ?? false
    row.tasks = tasks
    row.areTasksNamed = values[19].flag ?? false
    return row
  }

  /// The ids of tasks that are told by their places among those that were asked about: `0,7`.
  private static func ids(_ value: PostgresValue, _ known: [TaskFailure]) -> [String] {
    (value.text ?? "").split(separator: ",").compactMap { Int($0) }
      .compactMap { known.indices.contains($0) ? known[$0].id : nil }
  }

  /// Reads the rows of ``RunsQueries/former``: how many executions there were, then the texts.
  ///
  /// What nobody tested can't have failed: all would be new.
  static func former(_ table: PostgresTable) -> FormerReasons {
    let texts = table.rows.dropFirst()
    let tested = table.rows.first?.last?.integer ?? 0
    return FormerReasons(
      texts: texts.prefix(RunsQueries.reasonLimit).compactMap { $0.first?.text.map { SafeText(told: $0) } },
      isWhole: tested > 0 && texts.count <= RunsQueries.reasonLimit
    )
  }

  /// Reads the rows of ``RunsQueries/reasons``.
  static func reasons(_ table: PostgresTable) -> [FailureReason] {
    table.rows.compactMap { row in
      guard row.count == 8, let first = row[2].time, let last = row[3].time else { return nil }
      return FailureReason(
        text: row[0].text.map { SafeText(told: $0) },
        count: row[1].integer ?? 0,
        ids: (row[4].text ?? "").split(separator: ",").map(String.init),
        firstAt: first,
        lastAt: last,
        counts: (row[5].text ?? "").split(separator: ",").map { Int($0) ?? 0 },
        labels: labels(row[6].text ?? "")
      )
    }
  }

  /// Reads `[["language", "fr-FR", 3, 4], …]`: a label, its value, how many failures bear it, and how many bear any.
  private static func labels(_ json: String) -> [FailureLabel] {
    (JSONValue(parsing: Array(json.utf8))?.list ?? []).compactMap { entry in
      guard let parts = entry.list, parts.count == 4, let name = parts[0].text, let value = parts[1].text,
        let count = parts[2].number.flatMap({ Int(exactly: $0) }),
        let labelled = parts[3].number.flatMap({ Int(exactly: $0) })
      else { return nil }
      return FailureLabel(
        name: name,
        value: SafeText(told: value),
        count: count,
        labelled: labelled
      )
    }
  }

  /// Reads the rows of ``RunsQueries/tested``.
  static func labels(_ table: PostgresTable) -> [FailureLabel] {
    table.rows.compactMap { row in
      guard row.count == 4, let name = row[0].text, let value = row[1].text, let count = row[2].integer,
        let labelled = row[3].integer
      else { return nil }
      return FailureLabel(name: name, value: SafeText(told: value), count: count, labelled: labelled)
    }
  }
}
