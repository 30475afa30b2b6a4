public import Facts

/// A row of which more is told than its list has room for.
public struct DetailSubject: Sendable, Hashable {
  /// What kind of thing it is.
  public var kind: TargetKind
  /// The name by which whoever tells it knows it: a UUID, a queue, a service.
  public var name: String
  /// The source that told the row, where there are several of its kind; nil: the only one.
  public var source: String?
  /// Which thing exactly, of what has lives: a container, a process.
  public var identity: ServiceIdentity?

  /// Names a row.
  public init(_ kind: TargetKind, name: String, source: String? = nil, identity: ServiceIdentity? = nil) {
    self.kind = kind
    self.name = name
    self.source = source
    self.identity = identity
  }
}

/// What tells more of rows when somebody looks: offered by a source, or the runtime.
@LoopActor public protocol DetailReader {
  /// The kinds of rows of which it tells.
  var detailKinds: Set<TargetKind> { get }

  /// Reads it now; `world` is what is known by then.
  /// - Throws: why it can't be told.
  func detail(of subject: DetailSubject, in world: World) async throws(SourceFailure) -> any Snapshot
}

extension PostgresSource: DetailReader {
  /// Runs, executions without one, judged answers, and what answers have in common.
  public var detailKinds: Set<TargetKind> { [.run, .execution, .validation, .validationGroup] }

  /// The executions, steps and results of it; of a group its answers.
  public func detail(
    of subject: DetailSubject,
    in world: World
  ) async throws(SourceFailure) -> any Snapshot {
    if subject.kind == .validationGroup { return try await validations(ofGroup: subject.name) }
    if subject.kind == .validation { return try await validationDetail(id: subject.name) }
    return try await runDetail(id: subject.name)
  }
}

/// The last lines of services.
@LoopActor struct LastLines: DetailReader {
  let runtime: any Runtime

  var detailKinds: Set<TargetKind> { [.service] }

  func detail(of subject: DetailSubject, in world: World) async throws(SourceFailure) -> any Snapshot {
    let readings = world.snapshot(ServicesSnapshot.self)?.value.services ?? []
    guard let reading = readings.first(where: { $0.identity == subject.identity }) else {
      throw SourceFailure(.notFound, at: subject.name, detail: "the runtime doesn't know it")
    }
    return try await runtime.logs(of: reading, tail: LogTail.most)
  }
}

extension Connections {
  /// What is told of a row when somebody looks, read now by who tells of its kind.
  public func detail(of subject: DetailSubject, in world: World) async -> Result<any Snapshot, SourceFailure>
  {
    let lines = runtime.map { [LastLines(runtime: $0) as any DetailReader] } ?? []
    let readers = offers(of: (any DetailReader).self, from: subject.source) + lines
    guard let reader = readers.first(where: { $0.detailKinds.contains(subject.kind) }) else {
      let place = subject.source ?? subject.kind.name
      return .failure(
        SourceFailure(.misconfigured, at: place, detail: "nothing that is configured tells of it")
      )
    }
    do throws(SourceFailure) {
      return .success(try await reader.detail(of: subject, in: world))
    } catch {
      return .failure(error)
    }
  }
}
