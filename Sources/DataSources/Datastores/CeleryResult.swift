internal import Facts

/// What Celery's result backend keeps of a task that has ended (`celery-task-meta-UUID`, JSON).
struct CeleryResult {
  let id: String
  let status: String
  let name: String?
  let exception: String?
  let message: String?
  let traceback: String?
  let endedAt: WallTime?

  /// Reads one; nil if it is none.
  init?(_ text: String) {
    guard let json = JSONValue(parsing: Array(text.utf8)), let status = json["status"]?.text,
      let id = json["task_id"]?.text
    else { return nil }
    self.id = id
    self.status = status
    name = json["name"]?.text
    traceback = json["traceback"]?.text
    endedAt = json["date_done"]?.text.flatMap { WallTime(timestamp: $0) }
    let result = json["result"]
    exception = result?["exc_type"]?.text
    message =
      switch result?["exc_message"] {
      case .text(let text): text
      case .list(let parts): parts.map { $0.text ?? $0.json }.joined(separator: ", ")
      case nil: result?.text
      case .some(let other): other.json
      }
  }

  /// Those that failed, the newest first.
  static func table(_ results: [CeleryResult]) -> DatastoreTable {
    let failed = results.filter { $0.status == "FAILURE" }
    let sorted = failed.sorted {
      ($1.endedAt?.secondsSince1970 ?? 0, $0.id) < ($0.endedAt?.secondsSince1970 ?? 0, $1.id)
    }
    var table = DatastoreTable(sorted.map(\.row))
    table.figures = [
      DatastoreFigure("failed", .count(failed.count), state: failed.isEmpty ? .ok : .warn),
      DatastoreFigure("of results", .count(results.count)),
    ]
    table.empty =
      results.isEmpty
      ? "no result is kept: Celery drops them after a time (result_expires)"
      : "none of the \(SafeText(Format.count(results.count))) results that are kept is a failure"
    return table
  }

  private var row: DatastoreRow {
    var row = DatastoreRow(
      id: id,
      [
        endedAt.map { .time($0) } ?? .unknown("not told"), .text(told: name, else: "not kept"),
        .text(told: exception), .text(told: message),
      ]
    )
    row.state = .warn
    row.details = [("task", .text(SafeText(id))), ("name", .text(told: name, else: "not kept"))]
    row.text = (traceback ?? "").split(separator: "\n").prefix(200).map { SafeText(told: String($0)) }
    return row
  }
}
