import DataSources
import Facts
import Operations
import Panels

/// The prompt for statements that somebody writes, and what comes of them.
///
/// Nothing of a statement leaves this value but for the database: not the audit, not a log.
enum StatementKeys {
  private static let help: SafeText = "read-only · Tab ready ones · Up before"
  /// So many are kept to be asked again, in memory alone.
  private static let mostKept = 100

  /// Opens the prompt for the database of the selected row, else for the first; after one that was wrong with that one.
  static func open(_ state: inout AppState) {
    guard let source = source(state) else {
      return state.say("no database is configured", .warn)
    }
    let former = state.view == .datastores ? state.statement : nil
    let isWrong: Bool =
      switch former?.outcome {
      case .failed(_, _?)?, .notSent?: true
      case .failed?, .answered?, nil: false
      }
    state.message = nil
    state.promptPurpose = .statement(source: source, back: nil, draft: "")
    var prompt = self.prompt(source, isWrong ? former?.sql ?? "" : "", state)
    if isWrong, let fault = former?.fault {
      prompt.fault = fault
      prompt.cursor = min(fault, prompt.text.count)
    }
    state.prompt = prompt
  }

  private static func source(_ state: AppState) -> String? {
    let databases = state.environment.databases
    if let row = state.view == .datastores ? state.activeItem?.source : nil, databases.contains(row) {
      return row
    }
    return databases.first
  }

  private static func prompt(_ source: String, _ text: String, _ state: AppState) -> PromptModel {
    let lead = state.environment.databases.count > 1 ? "\(source)> " : "sql> "
    var prompt = PromptModel(lead: SafeText(lead), text: text, note: help)
    prompt.limit = 8_192
    return prompt
  }

  /// The keys that the prompt has beside those of every prompt; nil: it isn't one of them.
  static func reduce(_ state: inout AppState, _ key: KeyPress) -> [Effect]? {
    guard case .statement(let source, let back, let draft)? = state.promptPurpose, let prompt = state.prompt
    else { return nil }
    switch key {
    case .up, .down:
      let history = state.statements
      let place = back ?? history.count
      let next = key == .up ? max(0, place - 1) : min(history.count, place + 1)
      guard next != place, !history.isEmpty else { return [] }
      // What was being typed is below the newest.
      let kept = back == nil ? prompt.text : draft
      let text = next == history.count ? kept : history[next]
      state.promptPurpose = .statement(source: source, back: next == history.count ? nil : next, draft: kept)
      state.prompt = self.prompt(source, text, state)
      return []
    case .tab:
      state.overlays.append(
        .menu(MenuModel(.statements, title: "Statements that are ready", entries: ready(state)))
      )
      return []
    default: return nil
    }
  }

  /// The statements that are ready, those for the tables that there are first.
  static func ready(_ state: AppState) -> [MenuModel.Entry] {
    let table = state.shownMonitor.world.snapshot(RunsSnapshot.self)?.value.table
    let sorted =
      ReadyStatement.all.filter { $0.table == table || $0.table == nil || table == nil }
      + ReadyStatement.all.filter { $0.table != table && $0.table != nil && table != nil }
    return sorted.map { statement in
      let isOther = table != nil && statement.table != nil && statement.table != table
      return MenuModel.Entry(
        .statement(statement.sql),
        title: statement.title,
        note: isOther
          ? "for \(SafeText(statement.table ?? "")), which is not here" : SafeText(statement.sql, limit: 80)
      )
    }
  }

  /// Puts a statement that was picked into the prompt: Enter sends it, and it can be changed before.
  static func pick(_ state: inout AppState, _ sql: String) {
    guard case .statement(let source, _, _)? = state.promptPurpose else { return }
    state.promptPurpose = .statement(source: source, back: nil, draft: "")
    state.prompt = prompt(source, sql, state)
  }

  /// Sends what was typed, and shows what comes of it.
  static func enter(_ state: inout AppState, _ text: String, source: String) -> [Effect] {
    let sql = text.trimmingBlanks
    guard !sql.isEmpty else {
      state.prompt?.note = "a statement is needed, or Esc"
      return []
    }
    PromptKeys.close(&state)
    state.statements.removeAll { $0 == sql }
    state.statements.append(sql)
    if state.statements.count > mostKept { state.statements.removeFirst() }
    let number = (state.statement?.number ?? 0) + 1
    state.statement = StatementModel(number: number, sql: sql, source: source, startedAt: state.now)
    LogSearch.leave(&state)
    state.view = .datastores
    var local = PanelLocal()
    local.section = DatastoreSections.statement
    state.locals[.datastores] = local
    state.isFullScreen = false
    return [.runStatement(number: number, sql: sql, source: source)]
  }

  /// Takes what came of a statement; of one that another took the place of nobody waits.
  static func take(_ state: inout AppState, _ number: Int, _ outcome: StatementOutcome) {
    guard state.statement?.number == number, state.statement?.isRunning == true else { return }
    state.statement?.outcome = outcome
    state.knownAt = state.now
  }

  /// Cancels the statement that runs and is looked at; nil if none does.
  static func cancel(_ state: inout AppState) -> [Effect]? {
    guard state.view == .datastores, state.statement?.isRunning == true, state.activeLocal.detail == nil,
      DatastoreSections.asked(state.activeLocal) == nil
    else { return nil }
    return [.cancelStatement]
  }
}

extension String {
  /// Without the blanks around it.
  fileprivate var trimmingBlanks: String {
    let rest = drop { $0.isWhitespace }
    return String(
      rest.prefix(
        (rest.lastIndex { !$0.isWhitespace }).map { rest.distance(from: rest.startIndex, to: $0) + 1 } ?? 0
      )
    )
  }
}
