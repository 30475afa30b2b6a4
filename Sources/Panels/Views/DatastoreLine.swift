internal import DataSources
internal import Facts

/// One row of a section and the source that told it.
struct DatastoreLine {
  let row: DatastoreRow
  let source: String
  /// Whether others tell of that section, too.
  let isOneOfSeveral: Bool

  var id: String { "\(source) \(row.id)" }

  /// The value of a column; there is none where its source told fewer.
  func value(_ index: Int) -> DatastoreValue { row.cells.indices.contains(index) ? row.cells[index] : .none }

  /// What stands in a column.
  func cell(_ index: Int, isFigure: Bool, _ context: PanelContext) -> StyledText {
    // Why a figure isn't known has no room in its column: the page tells it.
    if isFigure, case .unknown = value(index) { return StyledText(glyphOf: .nodata) }
    let text = value(index).text(context)
    guard index == 0, row.state != .ok else { return text }
    return StyledText(glyphOf: row.state).then(" ") + text
  }

  /// The row told in full.
  func page(_ section: DatastoreSection, _ context: PanelContext) -> DetailPage {
    var page = DetailPage(
      title: title(section, context),
      state: row.state,
      headline: row.word,
      entries: []
    )
    let told = row.details.map(\.label)
    let cells = zip(section.columns, row.cells).filter { column, value in
      !column.title.isEmpty && !told.contains(column.title) && column.title != "statement" && value != .none
        && (row.details.isEmpty || column.title != "tx" && column.title != "query")
    }
    page.entries = cells.map { KeyValueBlock.Entry($0.title, $1.text(context)) }
    page.entries += row.details.map { KeyValueBlock.Entry($0.label, $0.value.text(context)) }
    if isOneOfSeveral { page.entries.append(KeyValueBlock.Entry("source", StyledText(SafeText(source)))) }
    page.text = row.text.map { StyledText($0) }
    return page
  }

  /// What it is called: of a connection its process, else its first words.
  func title(_ section: DatastoreSection, _ context: PanelContext) -> SafeText {
    if let pid = row.arguments["pid"] { return "connection \(SafeText(pid))" }
    let words = row.cells.lazy.compactMap { value in if case .text(let text) = value { text } else { nil } }
    return words.first { !$0.isEmpty } ?? section.title
  }
}

extension DatastoreValue {
  /// As it is shown: what there is none of is a dash, and what isn't known says why.
  func text(_ context: PanelContext) -> StyledText {
    switch self {
    case .text(let text): StyledText(text)
    case .count(let count): StyledText(SafeText(Format.count(count)))
    case .process(let pid): StyledText(SafeText(String(pid)))
    case .bytes(let bytes): StyledText(SafeText(Format.size(bytes: bytes)))
    case .duration(let duration): StyledText(SafeText(Format.latency(duration)))
    case .percent(let percent): StyledText(SafeText(Format.percent(percent)))
    case .number(let number): StyledText(SafeText(Format.number(number)))
    case .time(let time): StyledText(context.time(time))
    case .none: StyledText("–", .muted)
    case .unknown(let why): StyledText(glyphOf: .nodata).then(" ").then(why, Style(role: .nodata))
    }
  }

  /// What it is sorted by; what there is none of, or nobody knows, comes last.
  private var order: (rank: Int, number: Double, text: String) {
    switch self {
    case .text(let text): (1, 0, text.string)
    case .count(let count), .process(let count): (0, Double(count), "")
    case .bytes(let number), .percent(let number), .number(let number): (0, number, "")
    case .duration(let duration): (0, duration.seconds, "")
    case .time(let time): (0, time.secondsSince1970, "")
    case .none: (2, 0, "")
    case .unknown: (3, 0, "")
    }
  }

  /// The greatest figure first, words by the alphabet.
  static func precedes(_ left: DatastoreValue, _ right: DatastoreValue) -> Bool {
    let (left, right) = (left.order, right.order)
    return left.rank != right.rank
      ? left.rank < right.rank
      : left.number != right.number ? left.number > right.number : left.text < right.text
  }
}
