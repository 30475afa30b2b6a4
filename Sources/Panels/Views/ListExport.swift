public import DataSources
internal import Facts

/// The rows of a list as they are written down: filtered and sorted as on the screen, but all of them and uncut.
public struct ListExport: Sendable, Hashable {
  /// One value of a row.
  public enum Value: Sendable, Hashable {
    case text(String)
    case number(Double)
    /// Nothing was recorded.
    case missing

    /// A text, or nothing.
    public init(_ text: String?) { self = text.map { .text($0) } ?? .missing }

    /// A number, or nothing.
    public init(_ number: Double?) { self = number.map { .number($0) } ?? .missing }
  }

  /// The width of a table in which nothing is told in fewer words, and times are whole.
  public static let width = 9_999

  /// What a column is called; each once.
  public private(set) var columns: [String]
  /// The rows, each with one value a column.
  public private(set) var rows: [[Value]]
  /// How many more there are than are listed.
  public var unlisted: Int
  /// The filter that left them; empty: none did.
  public var filter: String

  /// Puts rows together of which each tells the same columns.
  public init(
    _ rows: [[(column: String, value: Value)]],
    columns: [String] = [],
    unlisted: Int = 0,
    filter: String = ""
  ) {
    var names: [String] = []
    for name in rows.first?.map(\.column) ?? columns {
      names.append(names.contains(name) ? "\(name)_\(names.count + 1)" : name)
    }
    self.columns = names
    self.rows = rows.map { $0.map(\.value) }
    self.unlisted = unlisted
    self.filter = filter
  }

  /// What is said of how much of the list it holds: `200 rows, 1,043 more are not listed`.
  public var told: String {
    let rows = "\(Format.count(self.rows.count)) row\(self.rows.count == 1 ? "" : "s")"
    let more = Format.count(unlisted)
    guard unlisted > 0 else { return rows }
    return filter.isEmpty
      ? "\(rows), \(more) more are not listed"
      : "\(rows), \(more) that are not listed were not looked through"
  }

  // MARK: forms

  /// A table by RFC 4180: its columns first, lines that end in CR LF, quoted where it must be.
  ///
  /// Nothing is changed so that a spreadsheet takes it for something else: a text that begins with `=` stays that.
  public var csv: String {
    ([columns] + rows.map { $0.map(Self.plain) }).map { line in
      line.map(Self.quoted).joined(separator: ",") + "\r\n"
    }.joined()
  }

  private static func plain(_ value: Value) -> String {
    switch value {
    case .text(let text): text
    case .number(let number): number.isFinite ? "\(number)" : ""
    case .missing: ""
    }
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes = field.utf8.contains { byte in [0x22, 0x2C, 0x0A, 0x0D].contains(byte) }
    return needsQuotes ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
  }

  /// The rows as JSON objects, a list of them.
  public var objects: JSONBody {
    .array(
      rows.map { row in
        .object(
          zip(columns, row).map { name, value in
            switch value {
            case .text(let text): JSONBody.Member(name, .string(text))
            case .number(let number): JSONBody.Member(name, .number(number))
            case .missing: JSONBody.Member(name, .null)
            }
          }
        )
      }
    )
  }

  /// One JSON object: of which view and when, how much of it, and the rows.
  public func json(view: String, at time: String) -> String {
    JSONBody.object([
      JSONBody.Member("view", .string(view)), JSONBody.Member("at", .string(time)),
      JSONBody.Member("filter", .string(filter)), JSONBody.Member("listed", .integer(rows.count)),
      JSONBody.Member("unlisted", .integer(unlisted)), JSONBody.Member("rows", objects),
    ]).text + "\n"
  }
}
