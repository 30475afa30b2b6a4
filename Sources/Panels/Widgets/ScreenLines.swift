public import Facts

/// The first line of the screen: what always matters, then what there is room for.
public struct HeaderLine: Sendable, Hashable {
  /// Up to this priority things move together before one of them is dropped.
  static let tightPriority = 3

  /// One thing the header says.
  public struct Item: Sendable, Hashable {
    /// What it says.
    public var text: StyledText
    /// When there is no room the item of the greatest number goes first; 0 is never dropped.
    public var priority: Int

    /// Describes one item.
    public init(_ text: StyledText, priority: Int = 0) {
      self.text = text
      self.priority = priority
    }
  }

  /// What stands at the left, in order.
  public var leading: [Item]
  /// What stands at the right, in order.
  public var trailing: [Item]

  /// Makes a header.
  public init(leading: [Item], trailing: [Item] = []) {
    self.leading = leading
    self.trailing = trailing
  }

  /// The columns that all takes whose priority is not above `priority`, with so many between two of it.
  func columns(upTo priority: Int, gap: Int) -> Int {
    let kept = (leading + trailing).filter { $0.priority <= priority && !$0.text.isEmpty }
    return kept.reduce(-gap) { $0 + $1.text.widthInColumns + gap }
  }

  /// Draws into the first row of `area`.
  public func draw(into buffer: inout CellBuffer, area: Rect) {
    guard !area.isEmpty else { return }
    let row = area.row(0)
    let room = row.width - 2
    var dropped = Int.max
    func kept(_ items: [Item]) -> [Item] { items.filter { $0.priority < dropped && !$0.text.isEmpty } }
    var gap = 3
    func width(_ items: [Item]) -> Int {
      items.reduce(0) { $0 + $1.text.widthInColumns } + gap * max(0, items.count - 1)
    }
    while true {
      let left = kept(leading)
      let right = kept(trailing)
      let needed = width(left) + width(right) + (right.isEmpty ? 0 : gap)
      guard needed > room else { break }
      guard let worst = (left + right).map(\.priority).max() else { break }
      if worst > Self.tightPriority || (worst > 0 && gap == 1) {
        dropped = worst
      } else if gap > 1 {
        gap = 1
      } else {
        // What is never dropped is cut.
        break
      }
    }
    buffer.fill(row)
    let right = Self.joined(kept(trailing), gap)
    let rightWidth = right.isEmpty ? 0 : right.widthInColumns + gap
    buffer.put(
      Self.joined(kept(leading), gap),
      at: Point(x: row.x + 1, y: row.y),
      maxWidth: max(0, room - rightWidth)
    )
    if rightWidth <= room { buffer.put(right, alignedRightIn: row.inset(left: 1, right: 1)) }
    buffer.paint(.header, in: row)
  }

  private static func joined(_ items: [Item], _ gap: Int) -> StyledText {
    items.enumerated().reduce(into: StyledText()) { line, item in
      if item.offset > 0 { line.append(SafeText(String(repeating: " ", count: gap))) }
      line = line + item.element.text
    }
  }
}

/// The line of the views, each with its key and, if it is bad, its state's glyph.
public struct TabsLine: Sendable, Hashable {
  /// One view.
  public struct Tab: Sendable, Hashable {
    /// The key that opens it.
    public var key: SafeText
    /// Its name.
    public var title: SafeText
    /// The worst state in it; OK shows nothing.
    public var state: FactState

    /// Describes one view.
    public init(key: SafeText, title: SafeText, state: FactState = .ok) {
      self.key = key
      self.title = title
      self.state = state
    }
  }

  /// The views from left to right.
  public var tabs: [Tab]
  /// The index of the view that is open.
  public var current: Int

  /// Makes the line of the views.
  public init(_ tabs: [Tab], current: Int) {
    self.tabs = tabs
    self.current = current
  }

  /// Draws into the first row of `area`: full names from 116 columns, four letters from 78, else the
  /// current view and the bad ones.
  public func draw(into buffer: inout CellBuffer, area: Rect) {
    guard !area.isEmpty else { return }
    let gap = area.width >= 116 ? 3 : 2
    var shown = tabs.indices.filter { area.width >= 78 || $0 == current || tabs[$0].state.severity > 0 }
    let texts = Dictionary(uniqueKeysWithValues: shown.map { ($0, text($0, width: area.width)) })
    let needed = shown.reduce(1 - gap) { $0 + gap + (texts[$1]?.widthInColumns ?? 0) }
    // Where not all fit, the view that one looks at is told first.
    if needed > area.width, let place = shown.firstIndex(of: current) {
      shown.insert(shown.remove(at: place), at: 0)
    }
    var x = area.x + 1
    for index in shown {
      let room = area.x + area.width - x
      guard room >= 3, let text = texts[index] else { return }
      x += buffer.put(text, at: Point(x: x, y: area.y), maxWidth: room) + gap
    }
  }

  private func text(_ index: Int, width: Int) -> StyledText {
    let tab = tabs[index]
    let isCurrent = index == current
    let isWhole = width >= 116 || (width < 78 && isCurrent)
    let title = isWhole ? tab.title : SafeText(String(tab.title.string.prefix(4)))
    var text = StyledText(tab.key, isCurrent ? Style.accent.bold : .muted)
    text.append(" ")
    text.append(title, isCurrent ? .strong : .muted)
    if tab.state.severity > 0 {
      text.append(SafeText(glyph: Glyph.glyph(for: tab.state)), Style.state(tab.state).bold)
    }
    return text
  }
}

/// The last line of the screen: keys and what they do, or a notice in their place.
public struct HintLine: Sendable, Hashable {
  /// One key and what it does.
  public struct Hint: Sendable, Hashable {
    /// The key as it is written in the help.
    public var key: SafeText
    /// What it does, in a word or two.
    public var label: SafeText

    /// Describes one key.
    public init(_ key: SafeText, _ label: SafeText) {
      self.key = key
      self.label = label
    }

    var text: StyledText { StyledText(key, Style.accent.bold).then(" ").then(label, .muted) }
  }

  /// The keys; those that don't fit are left out from the end.
  public var hints: [Hint]
  /// The key that always stays: the help.
  public var last: Hint?
  /// What is said before the keys, such as why one was ignored; they stand at the right then.
  public var notice: StyledText

  /// Makes the line of the keys.
  public init(_ hints: [Hint], last: Hint? = Hint("?", "help"), notice: StyledText = StyledText()) {
    self.hints = hints
    self.last = last
    self.notice = notice
  }

  /// Draws into the first row of `area`.
  public func draw(into buffer: inout CellBuffer, area: Rect) {
    guard !area.isEmpty else { return }
    let reserved = last.map { $0.text.widthInColumns + 3 } ?? 0
    var x = area.x + 1
    let end = area.x + area.width - 1
    var free = end - x - reserved
    if !notice.isEmpty {
      free -= buffer.put(notice, at: Point(x: x, y: area.y), maxWidth: max(0, free)) + 3
    }
    let shown = hints.prefix { hint in
      free -= hint.text.widthInColumns + 3
      return free >= -3
    }
    let keys = (shown + [last].compactMap { $0 }).map(\.text)
    if !notice.isEmpty {
      x = max(x, end - keys.reduce(-3) { $0 + $1.widthInColumns + 3 })
    }
    for key in keys { x += buffer.put(key, at: Point(x: x, y: area.y), maxWidth: max(0, end - x)) + 3 }
  }
}

/// A line being typed, scrolled so that the cursor is seen.
public struct PromptLine: Sendable, Hashable {
  /// What stands before it, such as `:` or `/`.
  public var prefix: StyledText
  /// What was typed before the cursor.
  public var before: SafeText
  /// What stands after the cursor.
  public var after: SafeText
  /// What is shown, muted, while nothing is typed.
  public var placeholder: SafeText
  /// How many columns of the text stand before what is wrong in it; nil: nothing is.
  public var fault: Int?

  /// Makes a prompt.
  public init(prefix: StyledText, before: SafeText, after: SafeText = "", placeholder: SafeText = "") {
    self.prefix = prefix
    self.before = before
    self.after = after
    self.placeholder = placeholder
  }

  /// Draws into the first row of `area`.
  ///
  /// - Returns: Where the cursor goes; nil if there is no room for one.
  @discardableResult
  public func draw(into buffer: inout CellBuffer, area: Rect) -> Point? {
    guard !area.isEmpty else { return nil }
    let row = area.row(0)
    let used = buffer.put(prefix, at: row.origin, maxWidth: max(0, row.width - 1))
    let field = row.inset(left: used)
    guard !field.isEmpty else { return nil }
    if before.isEmpty && after.isEmpty {
      buffer.put(placeholder, at: field.origin, style: .muted, maxWidth: field.width)
      return field.origin
    }
    // The text is moved to the left by as much as the cursor would be outside.
    let hidden = max(0, before.widthInColumns - (field.width - 1))
    let x = field.x - hidden
    buffer.withClip(field) { clipped in
      let shown = clipped.put(before, at: Point(x: x, y: row.y), isTruncationMarked: false)
      clipped.put(after, at: Point(x: x + shown, y: row.y))
      guard let fault else { return }
      let place = Point(x: x + fault, y: row.y)
      let isAtEnd = fault >= before.widthInColumns + after.widthInColumns
      if isAtEnd { clipped.put(glyph: "^", at: place, style: .state(.warn)) }
      clipped.restyle(Rect(x: place.x, y: place.y, width: 1, height: 1)) {
        $0 = Style(role: .crit, attributes: .underline)
      }
    }
    return Point(x: x + before.widthInColumns, y: row.y)
  }
}
