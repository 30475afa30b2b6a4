public import DataSources
internal import Facts

/// Copies all messages of a queue that are ready into a file of the user's own, one JSON object a line.
///
/// They are taken and put back, which marks them as redelivered. The management API knows no way to go on behind
/// the first ones: they are all taken at once, or there is no copy.
@LoopActor public struct ExportMessages: Action {
  /// What is copied, and where to.
  public struct Details: Sendable, Hashable {
    /// The queue.
    public var place: QueuePlace
    /// How many messages were ready.
    public var ready: Int
    /// The file's path.
    public var file: String
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "queue.export",
    title: "export",
    doing: "exporting",
    key: "e",
    targets: [.queue],
    danger: .always(.mild),
    help: "copy the messages of this queue into a file (marks them as redelivered)",
    command: "queue export"
  )

  /// How many more are asked for: what may have arrived between the count and the copy.
  private static let margin = 1_000

  private let services: ActionServices
  private var acts: QueueActs { QueueActs(services: services) }

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for a classic queue in which something is ready.
  /// - Throws: there is no such queue, its kind doesn't bear it, or there is nowhere to write.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    guard let exports = services.exports else { throw .notPossible("there is nowhere to write a file to") }
    let (place, broker) = try acts.find(request.target)
    let (queue, ready) = try await acts.read(place, of: broker)
    try acts.refuseUnlessClassic(queue)
    let file = old?.file ?? exports.path(for: request.target.subject, at: services.clock.now().wall)
    let run = broker.messagesShown(place.name, vhost: place.vhost, count: ready + Self.margin)
    return Draft(
      target: request.target,
      danger: .mild,
      title: "EXPORT \(SafeText(request.target.name))",
      rows: [
        PlanRow("run", SafeText(run)),
        PlanRow("into", SafeText(file)),
        PlanRow("hits", QueueActs.marking(ready)),
        PlanRow("now", QueueActs.counts(queue)),
      ],
      exact: "\(run) > \(file)",
      proof: "none was behind the last one, and the file is on the disk",
      details: Details(place: place, ready: ready, file: file)
    )
  }

  /// Reads the messages and writes them down.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.ask(details.place) { broker throws(SourceFailure) in
      let place = details.place
      let copy: MessageCopy
      do throws(SourceFailure) {
        let count = details.ready + Self.margin
        copy = try await broker.copy(of: place.name, vhost: place.vhost, count: count)
      } catch {
        guard error.mayHaveHappened || error.isOfGateway else { throw error }
        // What became of the messages isn't known; of the copy it is.
        return .decided(
          Verdict(
            .failed,
            "no file was written: \(SafeText(error.word)); the messages may be marked as redelivered"
          )
        )
      }
      return .decided(await write(copy, details))
    }
  }

  private func write(_ copy: MessageCopy, _ details: Details) async -> Verdict {
    let verdict = Self.verdict(copy, details)
    guard copy.count > 0 else { return verdict }
    guard let exports = services.exports else {
      return Verdict(.failed, "there is nowhere to write a file to")
    }
    let isWhole = verdict.outcome == .done
    // What the broker's client strikes out is its own password: messages may hold any server's.
    let lines = await LoopActor.onThreadPool { KnownCredentials.struckOut(of: copy.lines) ?? copy.lines }
    guard let failure = await exports.write(lines, to: details.file, isWhole: isWhole) else {
      return verdict
    }
    return Verdict(
      .failed,
      "\(SafeText(failure.path)) can't be written: \(SafeText(failure.cause)); there is no whole copy"
    )
  }

  /// A copy is whole if the broker said that nothing was behind its last message.
  nonisolated static func verdict(_ copy: MessageCopy, _ details: Details) -> Verdict {
    let count = SafeText(Format.count(copy.count))
    guard copy.count > 0 else {
      return Verdict(.failed, "nothing was ready any more: no file was written")
    }
    let partial = SafeText(details.file + ExportDirectory.partial)
    switch copy.behind {
    case 0:
      var verdict = Verdict(.done, "\(count) messages are in \(SafeText(details.file))")
      if copy.count < details.ready {
        let fewer = Format.count(details.ready - copy.count)
        verdict.caution = "\(SafeText(fewer)) fewer than the preview counted: others took them meanwhile"
      }
      return verdict
    case .some(let behind):
      let more = SafeText(Format.count(behind))
      return Verdict(.failed, "only \(count) messages are in \(partial), \(more) are not: export again")
    case nil:
      return Verdict(.unknown, "\(count) messages are in \(partial); whether there were more isn't told")
    }
  }

  /// The reply proves it.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed that a source tells of.
  public func touches(_ details: Details) -> [String] { [] }
}
