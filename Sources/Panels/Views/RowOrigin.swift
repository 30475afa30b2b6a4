public import Facts

/// Where a row comes from: what it says, since when, who told it and how that was asked; what `i` shows.
public struct RowOrigin: Sendable {
  /// What the row says, on lines of their own: its value, its state, why.
  public var answer: [StyledText]
  /// What belongs to it, each with a label: since when, which table, by which rule.
  public var entries: [(label: SafeText, value: StyledText)] = []
  /// The source; nil if it is the console itself that tells it.
  public var source: String?
  /// The fact whose question found it: where it was asked, and how; nil if it was asked nothing.
  public var asked: Fact?
  /// The source's own words; empty if those of `asked` are about the row.
  public var reply: String?
  /// What else the row shows, each on a line.
  public var others: [FactName] = []

  /// Makes an origin of an answer.
  public init(_ answer: StyledText...) {
    self.answer = answer
  }

  /// The origin of a row that is told by facts, the chief one first.
  init(_ item: PanelItem, _ context: PanelContext) {
    let facts = FactView(context.world.facts, at: context.now.monotonic)
    guard let chief = item.facts.first.flatMap(facts.fact) else {
      let text = StyledText(glyphOf: .nodata).then(
        " NO DATA  nothing was told of \(item.title)",
        Style(role: .nodata)
      )
      self.init(text)
      return
    }
    self.init(OriginSheet.head(of: chief, named: item.title))
    // What is measured goes in the timeline by what it is measured of.
    let subject = item.kind == .fact ? chief.name.subject : item.name
    add("since", StyledText(Past.told(since: subject, chief.state, context)))
    take(chief)
    others = Array(item.facts.dropFirst())
  }

  /// Adds a line with a label; an empty one is left out.
  mutating func add(_ label: SafeText, _ value: StyledText) {
    if !value.isEmpty { entries.append((label, value)) }
  }

  /// Tells that it was asked for with that fact.
  mutating func take(_ fact: Fact?) {
    asked = fact
    source = fact?.origin.source
  }
}
