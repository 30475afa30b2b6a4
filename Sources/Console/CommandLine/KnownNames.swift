import DataSources
import Facts
import Operations
import Panels

/// What there is of one kind, as far as it was told: the rows of the views that list it.
struct KnownNames {
  private let kind: TargetKind
  /// The names, those of the settings among them.
  let names: [String]
  /// Those of them that are not well: what waits for somebody.
  let waiting: [String]
  /// What hinders that a name which is not among them is a slip of the hand; nil: nothing.
  let lack: Lack?

  /// Why there may be more than what is known.
  enum Lack: Equatable {
    /// Who would tell does not answer, or has not yet, in words: `runtime: ERROR refused 2s`.
    case silence(String)
    /// Not all are listed.
    case cut
  }

  /// Looks at a world; `settings` are the names that a configuration gives.
  init(
    _ kinds: [TargetKind],
    in world: World,
    at now: Moment,
    settings: [String] = [],
    catalog: PanelCatalog = .standard
  ) {
    kind = kinds.first ?? .service
    let context = PanelContext(world: world, now: now, clock: .utc)
    let panels = catalog.panels.filter { !$0.descriptor.kinds.isDisjoint(with: kinds) }
    let items = panels.flatMap { $0.items(PanelLocal(), context) }.filter { kinds.contains($0.kind) }
    waiting = items.filter { $0.state != .ok }.map(\.name)
    names = items.flatMap { Self.names(of: $0) } + settings
    let titles = panels.map { $0.title(context) }
    if let silent = titles.first(where: { $0.ageState != .ok }) {
      lack = .silence(
        [silent.source, silent.age].filter { !$0.isEmpty }.map(\.string).joined(separator: ": ")
      )
    } else {
      lack = Self.isCut(kinds, world) ? .cut : nil
    }
  }

  /// Whether the lists are known not to hold all that there is.
  private static func isCut(_ kinds: [TargetKind], _ world: World) -> Bool {
    let queues = kinds.contains(.queue) ? world.snapshots(QueuesSnapshot.self).map(\.value) : []
    let runs = kinds.contains(.run) ? world.snapshots(RunsSnapshot.self).map(\.value) : []
    return queues.contains { $0.hidden + $0.omitted + $0.ignored > 0 || !$0.unreadable.isEmpty }
      || runs.contains { $0.total > $0.rows.count }
  }

  /// The name that facts bear and the one of the row, which tells several containers apart.
  private static func names(of item: PanelItem) -> [String] {
    let title = item.title.string
    return [.run, .execution, .task].contains(item.kind) || title == item.name
      ? [item.name] : [item.name, title]
  }

  /// Why nothing of that name can be acted on; nil while it may be there.
  ///
  /// Once `isOver` no more answers are waited for: what could not be found out is told.
  func failure(_ word: String, isOver: Bool) -> ConsoleFailure? {
    guard !names.contains(word) else { return nil }
    switch lack {
    case nil, .cut:
      // What is not listed can't be acted on, whether or not it is there.
      let listed = lack == .cut ? " that is listed" : ""
      let hint = DidYouMean.clause(word, among: names)
      return ConsoleFailure(
        message: "switchboard: no \(kind)\(listed) is called \(SafeText(word))\(hint)",
        code: .usage
      )
    case .silence: return isOver ? silence("whether there is a \(kind) \(SafeText(word))") : nil
    }
  }

  /// That `what` can't be found out; nil if it can.
  func silence(_ what: String) -> ConsoleFailure? {
    guard case .silence(let words) = lack else { return nil }
    return ConsoleFailure(
      message: "switchboard: \(what) can't be found out: \(SafeText(words))",
      code: .unavailable
    )
  }
}
