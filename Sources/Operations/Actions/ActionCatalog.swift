public import DataSources
public import Facts

/// One action of a catalogue: what the tables tell of it, and how it is made.
public struct ActionEntry: Sendable {
  /// What the tables tell.
  public let descriptor: ActionDescriptor
  let make: @LoopActor @Sendable (ActionServices) -> AnyAction

  /// The entry of an action.
  public init<Kind: Action>(_ kind: Kind.Type) {
    descriptor = kind.descriptor
    make = { AnyAction(Kind($0)) }
  }

  init(
    _ descriptor: ActionDescriptor,
    make: @escaping @LoopActor @Sendable (ActionServices) -> AnyAction
  ) {
    self.descriptor = descriptor
    self.make = make
  }
}

/// Everything that the console can do to the world.
///
/// Palette, hint line, help, the row menu, docs/KEYS.md, the command line and the read-only check are all
/// printed from it. To add an action: its file and one line in ``standard``.
public struct ActionCatalog: Sendable {
  /// The console's own actions, in the order in which help lists them.
  public static let standard = ActionCatalog([
    ActionEntry(RestartService.self),
    ActionEntry(RestartDependents.self),
    ActionEntry(StopService.self),
    ActionEntry(StartService.self),
    ActionEntry(RecreateService.self),
    ActionEntry(ScaleService.self),
    ActionEntry(ComposeUp.self),
    ActionEntry(ComposeDown.self),
    ActionEntry(LastLines.self),
    ActionEntry(CountMessages.self),
    ActionEntry(PeekMessages.self),
    ActionEntry(ExportMessages.self),
    ActionEntry(PurgeQueue.self),
    ActionEntry(ActiveTasks.self),
    ActionEntry(ReservedTasks.self),
    ActionEntry(PingWorkers.self),
    ActionEntry(RevokeTask.self),
    ActionEntry(GrowPool.self),
    ActionEntry(ShrinkPool.self),
    ActionEntry(ListQueries.self),
    ActionEntry(CancelQuery.self),
    ActionEntry(TerminateBackend.self),
    ActionEntry(TerminateIdle.self),
    ActionEntry(OpenTool<PostgresTool>.self),
    ActionEntry(OpenTool<RedisTool>.self),
    ActionEntry(OpenShell.self),
    ActionEntry(RotateCredentials.self),
    ActionEntry(ResumeRotation.self),
    ActionEntry(RollBackRotation.self),
    ActionEntry(NoteRevocation.self),
    ActionEntry(AcknowledgeRuns.self),
    ActionEntry(RerunRun.self),
    ActionEntry(CompareRun.self),
    ActionEntry(QuickTest.self),
    ActionEntry(WriteNote.self),
  ])

  /// The actions, in order.
  public let entries: [ActionEntry]

  /// Makes a catalogue.
  public init(_ entries: [ActionEntry]) {
    self.entries = entries
  }

  /// What the tables tell of all, in the same order.
  public var all: [ActionDescriptor] { entries.map(\.descriptor) }

  /// The same with actions of somebody's own behind them.
  public func with(_ own: [OwnActionSettings]) -> ActionCatalog {
    ActionCatalog(entries + own.map { ActionEntry($0) })
  }

  /// Why some can't be done in an environment at all, by their ids: what they need isn't there.
  @LoopActor public func obstacles(_ services: ActionServices) -> [ActionID: SafeText] {
    var obstacles: [ActionID: SafeText] = [:]
    for entry in entries { obstacles[entry.descriptor.id] = entry.make(services).obstacle() }
    return obstacles
  }

  /// The action of that id; nil if there is none.
  public func descriptor(of id: ActionID) -> ActionDescriptor? {
    entries.first { $0.descriptor.id == id }?.descriptor
  }
}

extension ActionCatalog: Equatable {
  /// Whether the tables tell the same of both.
  public static func == (left: ActionCatalog, right: ActionCatalog) -> Bool { left.all == right.all }
}

/// An action whose details are boxed: what the executor runs.
@LoopActor struct AnyAction {
  let targets: (ActionRequest) async -> Result<[ActionTarget], Refusal>
  let draft: (ActionRequest, PlanDetails?) async -> Result<Draft<PlanDetails>, Refusal>
  let act: (PlanDetails, @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome?
  let proof: (PlanDetails, ActOutcome) -> (any ProofMachine)?
  let read: Prover.OwnReader
  let proofInterval: Duration?
  let touches: (PlanDetails) -> [String]
  let alsoActsOn: (PlanDetails) -> [ActionTarget]
  let canChange: Bool
  let obstacle: @LoopActor () -> SafeText?
  let isOneStep: Bool
  var sharesTarget = false
  var isNoted = false

  init<Kind: Action>(_ action: Kind) {
    targets = { request in
      do throws(Refusal) {
        return .success(try await action.targets(of: request))
      } catch {
        return .failure(error)
      }
    }
    draft = { request, old in
      do throws(Refusal) {
        return .success(try await action.plan(request, renewing: old?.as(Kind.Details.self)).boxed)
      } catch {
        return .failure(error)
      }
    }
    act = { details, emit in
      guard let details = details.as(Kind.Details.self) else { return nil }
      return await action.act(details, emit)
    }
    proof = { details, outcome in
      details.as(Kind.Details.self).flatMap { action.proof(of: $0, after: outcome) }
    }
    read = { await action.read($0) }
    proofInterval = action.proofInterval
    touches = { $0.as(Kind.Details.self).map(action.touches) ?? [] }
    alsoActsOn = { $0.as(Kind.Details.self).map(action.alsoActsOn) ?? [] }
    canChange = action.canChange
    obstacle = { action.obstacle }
    isOneStep = Kind.descriptor.isOneStep
    sharesTarget = Kind.descriptor.sharesTarget
    isNoted = Kind.descriptor.isNoted
  }

  /// An action that a configuration tells.
  init(_ action: OwnAction) {
    targets = { .success($0.targets) }
    draft = { request, old in
      do throws(Refusal) {
        return .success(try await action.plan(request, renewing: old?.as(OwnAction.Details.self)).boxed)
      } catch {
        return .failure(error)
      }
    }
    act = { details, emit in
      guard let details = details.as(OwnAction.Details.self) else { return nil }
      return await action.act(details, emit)
    }
    proof = { _, _ in nil }
    read = { _ in .success([]) }
    proofInterval = nil
    touches = { $0.as(OwnAction.Details.self).map(action.touches) ?? [] }
    alsoActsOn = { _ in [] }
    canChange = true
    obstacle = { nil }
    isOneStep = false
  }
}

extension Draft {
  /// The same draft with its details boxed.
  fileprivate var boxed: Draft<PlanDetails> { carrying(PlanDetails(details)) }
}

extension ActionCatalog {
  /// What an action is called by the name of its id, that of another console's configuration, too.
  public static func title(of name: String) -> String {
    standard.descriptor(of: ActionID(name))?.title ?? OwnAction.name(of: name) ?? name
  }
}
