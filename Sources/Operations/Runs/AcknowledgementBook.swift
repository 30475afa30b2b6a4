public import DataSources
public import Facts

/// Where it is written down which runs somebody has taken note of.
@LoopActor public protocol AcknowledgementKeeper: AnyObject {
  /// Acknowledges runs as they are seen now; returns when it is on the disk.
  /// - Throws: why it can't be written.
  func acknowledge(_ runs: [String: Acknowledgement.Sight], at time: WallTime) async throws(AuditFailure)
  /// Takes back what anybody has acknowledged of these runs; returns when it is on the disk.
  /// - Throws: why it can't be written.
  func takeBack(_ runs: [String]) async throws(AuditFailure)
}

/// The acknowledgements of one environment in its state directory, shared by all consoles of a user.
@LoopActor public final class AcknowledgementBook: AcknowledgementKeeper {
  private let file: AcknowledgementFile
  private let author: AuditAuthor

  /// The book in `directory`; it is made at the first acknowledgement.
  public init(directory: StateDirectory, author: AuditAuthor) {
    file = AcknowledgementFile(directory: directory)
    self.author = author
  }

  /// The file.
  public var path: String { file.path }

  /// Acknowledges runs as they are seen now; what somebody else has acknowledged of the same sight stays theirs.
  /// - Throws: why it can't be written.
  public func acknowledge(
    _ runs: [String: Acknowledgement.Sight],
    at time: WallTime
  ) async throws(AuditFailure) {
    let author = author
    try await update { byRun in
      for (id, sight) in runs where byRun[id]?.sight != sight {
        byRun[id] = Acknowledgement(person: author.person, host: author.host, at: time, sight: sight)
      }
    }
  }

  /// Takes back what anybody has acknowledged of these runs.
  /// - Throws: why it can't be written.
  public func takeBack(_ runs: [String]) async throws(AuditFailure) {
    try await update { byRun in
      for id in runs { byRun[id] = nil }
    }
  }

  private func update(
    _ change: @escaping @Sendable (inout [String: Acknowledgement]) -> Void
  ) async throws(AuditFailure) {
    let file = file
    _ = try await LoopActor.onThreadPool { file.update(change) }.get()
  }

  fileprivate func read() async -> Result<Acknowledgements, AuditFailure> {
    let file = file
    return await LoopActor.onThreadPool { file.read() }
  }

  fileprivate func stamp() async -> AuditStamp? {
    let file = file
    return await LoopActor.onThreadPool { file.stamp() }
  }
}

/// Follows the acknowledgements, so that what others acknowledge shows within five seconds.
@LoopActor public final class AcknowledgementSource: Source {
  /// The source's id.
  public nonisolated static let id = "acknowledgements"

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let book: AcknowledgementBook
  private var known: (stamp: AuditStamp?, value: Acknowledgements)?
  /// Whether a read of the directory is still out, perhaps that of an earlier poll.
  private var isReading = false

  /// Follows a book.
  public init(_ book: AcknowledgementBook) {
    self.book = book
    descriptor = SourceDescriptor(
      id: Self.id,
      kind: "acknowledged runs",
      address: book.path,
      interval: .seconds(5),
      deadline: .seconds(2)
    )
  }

  /// Reads the file if it is another than last time.
  /// - Throws: `timedOut` while an earlier read is still out, `unreadable` if it can't be read.
  public func poll() async throws(SourceFailure) -> SourceReading {
    // A dead mount keeps its thread for ever, and there are four: the polls after it must not take the rest.
    guard !isReading else {
      throw SourceFailure(.timedOut, at: book.path, detail: "the state directory doesn't answer")
    }
    isReading = true
    defer { isReading = false }
    let stamp = await book.stamp()
    if let known, known.stamp == stamp { return SourceReading([], snapshots: [known.value]) }
    switch await book.read() {
    case .success(let value):
      known = (stamp, value)
      return SourceReading([], snapshots: [value])
    case .failure(let failure):
      known = nil
      throw SourceFailure(.unreadable, at: failure.path, detail: failure.cause)
    }
  }

  /// Nothing is kept open.
  public func close() {}
}
