import DataSources
import Facts
import Operations
import Panels

/// Rows of the runbooks' view as what can be gone through.
enum RunbookRows {
  enum Row {
    /// A run that was left, and what it goes through; nil: its runbook is another one by now.
    case run(RunbookRun, RunScript?)
    case script(RunScript)
  }

  /// What was read of runbooks and runs; nil before it was.
  static func snapshot(_ state: AppState) -> RunbooksSnapshot? {
    state.monitor.world.snapshot(RunbooksSnapshot.self)?.value
  }

  /// The run or procedure that a row tells of; nil if it can't be gone through.
  static func row(_ id: String, _ state: AppState) -> Row? {
    if let model = state.run, model.rowID == id { return .run(model.run, model.script) }
    guard let snapshot = snapshot(state) else { return nil }
    if let run = snapshot.open.first(where: { RunModel.rowID(ofRun: $0.id) == id }) {
      return .run(run, snapshot.script(of: run))
    }
    return snapshot.entries.first { RunModel.rowID(of: $0.runbook) == id }?.script.map(Row.script)
  }

  /// Why a value can't be what is asked for by that name; nil if it can.
  static func refusal(of value: String, for name: String, _ state: AppState) -> SafeText? {
    let world = state.monitor.world
    let known: [String]
    switch name {
    case "service": known = (world.snapshot(ServiceStatuses.self)?.value.services ?? []).map(\.service)
    case "queue": known = world.snapshot(QueuesSnapshot.self)?.value.segments ?? []
    default: return nil
    }
    guard !known.isEmpty, !known.contains(value) else { return nil }
    return SafeText("there is no \(name) \(value)\(DidYouMean.clause(value, among: known))", limit: 80)
  }
}

/// The runbook that fits a row, an alert or a verdict.
enum RunbookFit {
  /// What is looked for: a thing, and what its runbook may ask for.
  private struct Subject {
    var kind: TargetKind
    var name: String
    var given: [String: String] { [kind.name: name] }
  }

  /// Opens the one that fits the selected row, or says that none does.
  static func open(_ state: inout AppState) -> [Effect] {
    guard let item = state.activeItem else {
      state.say("nothing is selected", .warn)
      return []
    }
    if item.kind == .runbook {
      state.say("Enter takes this runbook step by step", .warn)
      return []
    }
    return open(&state, fitting(item, state), of: item.title)
  }

  /// Opens the one that fits what an act was about.
  static func open(_ state: inout AppState, after act: ProgressModel) -> [Effect] {
    open(&state, fitting(act, state), of: SafeText(act.subject.name))
  }

  private static func open(_ state: inout AppState, _ order: RunOrder?, of name: SafeText) -> [Effect] {
    guard let order else {
      let list = SafeText(state.catalog.panel(.runbooks).descriptor.opener)
      state.say("no runbook is for \(name): \(list) lists all; a line `for:` in one names it", .warn)
      return []
    }
    return RunKeys.order(&state, order)
  }

  /// The runbook that fits a row; nil if none does.
  static func fitting(_ item: PanelItem, _ state: AppState) -> RunOrder? {
    let subjects = subjects(of: item, state)
    if item.kind == .alert {
      let alerts = state.monitor.world.snapshot(AlertsSnapshot.self)?.value.alerts ?? []
      let named = alerts.first { $0.name.string == item.name }?.runbook
      if let named, let order = order(named: named, subjects.last, state) { return order }
    }
    return fitting(subjects, state)
  }

  /// The runbook that fits what an act was about; nil if none does.
  static func fitting(_ act: ProgressModel, _ state: AppState) -> RunOrder? {
    fitting([act.subject, act.target].map { Subject(kind: $0.kind, name: $0.subject) }, state)
  }

  private static func fitting(_ subjects: [Subject], _ state: AppState) -> RunOrder? {
    guard let snapshot = RunbookRows.snapshot(state) else { return nil }
    let books = snapshot.entries.map(\.runbook)
    for subject in subjects {
      guard let book = RunbookLibrary.fitting(subject.kind, subject.name, in: books),
        let script = snapshot.entries.first(where: { $0.runbook.id == book.id })?.script
      else { continue }
      return .prepare(script, given: subject.given)
    }
    return nil
  }

  private static func order(named name: String, _ subject: Subject?, _ state: AppState) -> RunOrder? {
    guard let snapshot = RunbookRows.snapshot(state),
      let book = RunScript.find(name, in: snapshot.entries.map(\.runbook)),
      let script = snapshot.entries.first(where: { $0.runbook.id == book.id })?.script
    else { return nil }
    return .prepare(script, given: subject?.given ?? [:])
  }

  /// What a row is about, the nearest first: itself, then what its chief fact tells of.
  private static func subjects(of item: PanelItem, _ state: AppState) -> [Subject] {
    var subjects = [Subject(kind: item.kind, name: item.name)]
    if item.kind == .cause {
      // A runbook is for a class of causes.
      let causes = state.monitor.world.snapshot(RunCauses.self)?.value.causes ?? []
      subjects = causes.filter { $0.name == item.name }.map { Subject(kind: .cause, name: $0.kind.word) }
    }
    if item.kind == .event {
      subjects += [TargetKind.service, .queue, .alert].compactMap { kind in
        isKnown(item.name, kind, state) ? Subject(kind: kind, name: item.name) : nil
      }
    }
    for fact in item.facts {
      let segments = fact.plain.segments
      if segments.count == 2, segments[0] == "queue",
        let queues = state.monitor.world.snapshot(QueuesSnapshot.self)?.value
      {
        subjects.append(Subject(kind: .queue, name: queues.mainQueue))
      }
      guard segments.count == 3 else { continue }
      switch segments[0] {
      case "queue": subjects.append(Subject(kind: .queue, name: segments[1]))
      case "service", "probe": subjects.append(Subject(kind: .service, name: segments[1]))
      default: continue
      }
    }
    return subjects
  }

  private static func isKnown(_ name: String, _ kind: TargetKind, _ state: AppState) -> Bool {
    let world = state.monitor.world
    switch kind {
    case .service: return world.snapshot(ServiceStatuses.self)?.value.service(name) != nil
    case .queue:
      return world.snapshot(QueuesSnapshot.self)?.value.segments.contains(name) ?? false
    default:
      return world.snapshot(AlertsSnapshot.self)?.value.alerts.contains { $0.name.string == name } ?? false
    }
  }
}
