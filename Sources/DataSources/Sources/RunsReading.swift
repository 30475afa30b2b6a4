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

  private static let width = 18

  /// Reads the rows of ``RunsQueries/attention``: the counts stand in each, and the items from column 5.
  init(_ table: PostgresTable) {
    guard let first = table.rows.first, first.count == Self.width else { return }
    total = first[0].integer ?? 0
    stuck = first[1].integer ?? 0
    failedLastHour = first[2].integer ?? 0
    if let ended = first[3].integer, let good = first[4].integer { (self.ended, self.good) = (ended, good) }
    rows = table.rows.compactMap(Self.row)
  }

  private static func row(_ values: [PostgresValue]) -> RunRow? {
    guard values.count == width, let id = values[6].text, let created = values[9].time else { return nil }
    let failed = values[12].integer ?? 0
    let autoFail = values[13].integer ?? 0
    var attention: RunRow.Attention = []
    if values[14].flag == true { attention.insert(.status) }
    if failed > 0 { attention.insert(.executions) }
    if autoFail > 0 { attention.insert(.validations) }
    if values[15].flag == true { attention.insert(.stuck) }
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
    return row
  }

  /// Reads the rows of ``RunsQueries/reasons``.
  static func reasons(_ table: PostgresTable) -> [FailureReason] {
    table.rows.compactMap { row in
      guard row.count == 7, let first = row[2].time, let last = row[3].time else { return nil }
      return FailureReason(
        text: row[0].text.map { SafeText(told: $0) },
        count: row[1].integer ?? 0,
        ids: (row[4].text ?? "").split(separator: ",").map(String.init),
        firstAt: first,
        lastAt: last,
        counts: (row[5].text ?? "").split(separator: ",").map { Int($0) ?? 0 }
      )
    }
  }
}
