/// What `\d` of psql prints of one table, read back into the statement that makes it.
struct PsqlDescription {
  var name: String
  var columns: [String]

  /// The statement; constraints to other tables are left out.
  var statement: String { "CREATE TABLE \(name) (\(columns.joined(separator: ", ")));" }

  /// The tables that a text describes, in order.
  static func tables(in text: String) -> [PsqlDescription] {
    var tables: [PsqlDescription] = []
    var isInColumns = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let quote = line.firstRange(of: "Table \"public.") {
        tables.append(
          PsqlDescription(name: String(line[quote.upperBound...].prefix { $0 != "\"" }), columns: [])
        )
      } else if line.hasPrefix("---") {
        isInColumns = true
      } else if !line.hasPrefix(" ") || line.hasPrefix("    ") {
        isInColumns = false
      } else if isInColumns, !tables.isEmpty, let column = column(line) {
        tables[tables.count - 1].columns.append(column)
      }
    }
    return tables
  }

  private static func column(_ line: Substring) -> String? {
    let fields = PsqlTable.fields(line)
    guard fields.count == 5 else { return nil }
    let value = fields[4].isEmpty ? "" : " DEFAULT \(fields[4])"
    return "\(fields[0]) \(fields[1]) \(fields[3])\(value)"
  }
}

/// A result as psql prints it: the rows below a heading, down to their number.
enum PsqlTable {
  static func rows(below heading: String, in text: String) -> [[String]] {
    guard let start = text.firstRange(of: heading) else { return [] }
    let lines = text[start.upperBound...].split(separator: "\n")
    return lines.drop { !$0.hasPrefix("---") }.dropFirst().prefix { !$0.hasPrefix("(") }.map(fields)
  }

  static func fields(_ line: Substring) -> [String] {
    line.split(separator: "|", omittingEmptySubsequences: false).map { field in
      var field = field.drop { $0 == " " }
      while field.last == " " { field.removeLast() }
      return String(field)
    }
  }
}
