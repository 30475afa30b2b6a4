import DataSources
import Facts
import Operations
import Panels

/// What is looked for in the logs: what the view's filter says, or what belongs to a row of another view.
enum LogSearch {
  /// Says which lines are wanted, when that changes; nobody reads logs that nobody looks at.
  static func watch(_ state: inout AppState) -> [Effect] {
    let wanted = state.view == .logs ? query(state) : nil
    guard wanted != state.logQuery else { return [] }
    state.logQuery = wanted
    return [.watchLogs(wanted)]
  }

  /// What the filter means; while it is none, what was wanted before stays.
  private static func query(_ state: AppState) -> LogQuery {
    let text = state.locals[.logs]?.filter ?? ""
    do throws(LogQuery.Fault) {
      return try LogQuery(parsing: text)
    } catch {
      return state.logQuery ?? LogQuery()
    }
  }

  /// What is wrong with a filter, and at which of its characters; nil if nothing is.
  static func fault(in text: String) -> (words: SafeText, character: Int)? {
    do throws(LogQuery.Fault) {
      _ = try LogQuery(parsing: text)
      return nil
    } catch {
      let bytes = text.utf8.prefix(error.offset)
      return (SafeText(error.message, limit: 80), String(decoding: bytes, as: UTF8.self).count)
    }
  }

  /// Takes lines that were told; those that were opened for a row begin at its first error.
  static func take(_ state: inout AppState, _ snapshot: LogsSnapshot) {
    // FROZEN stands still, the logs too.
    guard state.frozen == nil || state.logs?.selection.query != snapshot.selection.query else { return }
    state.logs = snapshot
    guard let awaited = state.awaitsLogs, awaited == snapshot.selection.query, state.view == .logs,
      !snapshot.selection.serials.isEmpty
    else { return }
    let items = state.activeItems
    state.locals[.logs, default: PanelLocal()].select(telling(snapshot), in: items, stays: true)
    // The logs are read one after the other: until all were, an earlier error may come.
    if snapshot.hasAskedAll { state.awaitsLogs = nil }
  }

  /// The line to begin with: the first error, else the first warning or verdict, else the first.
  private static func telling(_ snapshot: LogsSnapshot) -> Int {
    if let error = snapshot.selection.errors.first { return error }
    let lines = snapshot.archive.lines(snapshot.selection.serials.prefix(mostLooked))
    let told = lines.firstIndex { line in
      let text = line.message.string.lowercased()
      return line.level == .warning || verdicts.contains { text.contains($0) }
    }
    return told ?? 0
  }

  private static let mostLooked = 500
  /// By which words the framework ends something.
  private static let verdicts = ["fail", "error", "timed out", "timeout", "rejected", "completed"]

  /// Opens the lines that name what the selected row is about, the first error of them selected.
  static func openLogs(_ state: inout AppState) -> [Effect] {
    guard let item = state.activeItem else {
      state.say("nothing is selected", .warn)
      return []
    }
    let ids = ids(of: item, state)
    guard let first = ids.first else {
      state.say("nothing in a log would name this", .warn)
      return []
    }
    state.logsCameFrom = state.view
    state.view = .logs
    let text = ids.count == 1 ? first : "/\(ids.joined(separator: "|"))/"
    var local = PanelLocal()
    local.filter = text
    state.locals[.logs] = local
    state.awaitsLogs = try? LogQuery(parsing: text)
    return []
  }

  /// Saves the lines that are shown.
  static func save(_ state: inout AppState) -> [Effect] {
    guard state.logs?.selection.serials.isEmpty == false else {
      state.say("no line is told that could be saved", .warn)
      return []
    }
    state.say("saving …")
    return [.saveLogs]
  }

  /// What the runbook greps for, with how often it is there and when last: what was never seen says so.
  static func presets(_ state: AppState) -> [MenuModel.Entry] {
    let context = state.context
    return (state.logs?.presets ?? []).map { count in
      let since = state.logs?.selection.wholeSince.map { " since \(context.clock($0))" } ?? ""
      let note =
        count.isUnknown
        ? "could not be looked for"
        : count.lastAt.map { "\(Format.count(count.records)), last \(context.clock($0))" }
          ?? "never seen\(since)"
      return MenuModel.Entry(
        .logs(count.preset.query),
        title: SafeText(count.preset.rawValue),
        note: SafeText(note)
      )
    }
  }

  /// Opens them to choose from.
  static func openPresets(_ state: inout AppState) {
    state.overlays.append(
      .menu(MenuModel(.logPresets, title: "What the runbook greps for", entries: presets(state)))
    )
  }

  /// Narrows the view to a query; the services that it was narrowed to stay.
  static func narrow(_ state: inout AppState, to query: String) {
    let services = (state.locals[.logs]?.filter ?? "").split(separator: " ").filter {
      $0.contains("service:")
    }
    state.locals[.logs, default: PanelLocal()].filter = (services.map(String.init) + [query]).joined(
      separator: " "
    )
  }

  /// A view that is opened by itself ends the way back; lines that were looked for by a row are nobody's filter.
  static func leave(_ state: inout AppState) {
    guard state.logsCameFrom != nil else { return }
    (state.logsCameFrom, state.awaitsLogs) = (nil, nil)
    state.locals[.logs] = nil
  }

  /// Goes back to where the logs were opened from; false if they were opened by themselves.
  static func goBack(_ state: inout AppState) -> Bool {
    guard state.view == .logs, let view = state.logsCameFrom else { return false }
    leave(&state)
    state.view = view
    return true
  }

  /// The identities by which programs name a run, an execution or a judged answer, its own first.
  private static func ids(of item: PanelItem, _ state: AppState) -> [String] {
    guard [.run, .execution, .task, .validation].contains(item.kind) else { return [] }
    var ids = [item.name]
    let rows = state.shownMonitor.world.snapshots(RunsSnapshot.self).lazy.flatMap(\.value.rows)
    ids += rows.first { $0.id == item.name }?.tasks ?? []
    if case .loaded(let detail)? = state.details[item.id] {
      if let run = detail as? RunDetail { ids += run.identities }
    }
    var seen: Set<String> = []
    // What else an id may be made of would be part of an expression, or of several words.
    func isPlain(_ id: String) -> Bool {
      !id.isEmpty
        && id.utf8.allSatisfy { byte in
          (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || [0x2D, 0x5F].contains(byte)
        }
    }
    return ids.filter { isPlain($0) && seen.insert($0).inserted }.prefix(most).map { $0 }
  }

  /// So many are looked for: a run of many executions has more lines than anybody reads.
  private static let most = 40
}
