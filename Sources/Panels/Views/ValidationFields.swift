public import Facts

/// What is written down of a validation, on the screen's `:export` and on the command line alike.
public enum ValidationFields {
  /// The columns, the source's apart, which is told where there are several databases.
  public static let columns = [
    "id", "score", "asr_score", "scenario", "language", "expected", "heard", "reason", "execution",
    "created_at",
  ]

  /// The columns and their values; times are in UTC.
  public static func all(_ row: ValidationRow) -> [(column: String, value: ListExport.Value)] {
    var fields: [(column: String, value: ListExport.Value)] = [
      ("id", .text(row.id)), ("score", .number(row.score)), ("asr_score", ListExport.Value(row.asrScore)),
      ("scenario", ListExport.Value(row.scenario?.string)),
      ("language", ListExport.Value(row.language?.string)),
      ("expected", ListExport.Value(row.expected?.string)), ("heard", ListExport.Value(row.heard?.string)),
      ("reason", ListExport.Value(row.reason?.string)), ("execution", ListExport.Value(row.executionID)),
      ("created_at", .text(Format.timestamp(row.createdAt))),
    ]
    if let source = row.source { fields.append(("source", .text(source))) }
    return fields
  }
}
