public import Facts
public import Operations

/// A list to choose from by typing or arrows.
public struct MenuModel: Sendable, Equatable {
  /// What `Enter` does on an entry.
  public enum Choice: Sendable, Hashable {
    /// Runs the command of that id.
    case command(String)
    /// Begins an action: on the row of that id, else on the selected row or the marked ones.
    case action(ActionID, row: String? = nil)
    /// Opens the row of that id in its view.
    case row(ViewID, String)
    /// Leaves for another environment.
    case environment(String)
    /// Changes the theme.
    case theme(String)
    /// Shows the facts whose names hold that text; all if it is empty.
    case facts(String)
    /// Shows the sources.
    case sources
    /// Puts this statement into the prompt.
    case statement(String)
    /// Narrows the logs to what this query finds.
    case logs(String)
    /// Writes the open list down as this command was typed.
    case export(String)
    /// Lifts read-only for as long, and for the reason, that was typed.
    case lift

    /// Whether it shows something that is found by its name, not something to do.
    public var isFinding: Bool {
      switch self {
      case .row: true
      case .facts(let text): !text.isEmpty
      case .command, .action, .environment, .theme, .sources, .logs, .statement, .lift, .export: false
      }
    }
  }

  /// One choice.
  public struct Entry: Sendable, Equatable {
    /// What `Enter` does.
    public var choice: Choice
    /// The key that does the same without the menu; may be empty.
    public var key: SafeText
    /// What it does.
    public var title: SafeText
    /// Its class, or why it is disabled.
    public var note: SafeText
    /// Whether it can be chosen.
    public var isEnabled: Bool

    /// Makes a choice.
    public init(
      _ choice: Choice,
      key: SafeText = "",
      title: SafeText,
      note: SafeText = "",
      isEnabled: Bool = true
    ) {
      self.choice = choice
      self.key = key
      self.title = title
      self.note = note
      self.isEnabled = isEnabled
    }
  }

  /// What a menu is of.
  public enum Content: Sendable, Equatable {
    /// All commands, and what is found by its name.
    case palette
    /// What can be done to the selected row.
    case actionsOfTheRow
    /// What the runbook greps for.
    case logPresets
    /// Statements that are ready to be asked.
    case statements
  }

  /// What it is of: what is typed narrows that.
  public var content: Content
  /// The title: `Palette`, `backend`.
  public var title: SafeText
  /// What was typed to narrow the list.
  public var query: String
  /// The choices that match, best first.
  public var entries: [Entry]
  /// The highlighted choice's index.
  public var highlighted: Int

  /// Makes a menu.
  public init(
    _ content: Content = .palette,
    title: SafeText,
    query: String = "",
    entries: [Entry],
    highlighted: Int = 0
  ) {
    self.content = content
    self.title = title
    self.query = query
    self.entries = entries
    self.highlighted = highlighted
  }
}
