public import Facts

/// Reads a section of the datastores on while somebody looks at it, each source by itself.
///
/// One that doesn't answer keeps no other from being told, and nobody is asked for what nobody looks at.
@LoopActor public final class DatastoreFollower {
  private struct Key: Hashable {
    var source: String
    var section: String
  }

  private let readers: [(source: String, reader: any DatastoreReader)]
  private let tell: @LoopActor (DatastoresSnapshot) -> Void
  private var section: DatastoreSection?
  private var readings: [Key: DatastoresSnapshot.Reading] = [:]
  private var asking: Set<Key> = []
  private var version = 0
  /// Another number whenever somebody looks at something else: the rounds of a former look end by it.
  private var look = 0

  /// Follows these; `tell` gets what there is after each answer.
  public init(
    _ readers: [(source: String, reader: any DatastoreReader)],
    tell: @escaping @LoopActor (DatastoresSnapshot) -> Void
  ) {
    self.readers = readers
    self.tell = tell
  }

  /// Somebody looks at that section now; nil: nobody looks any more, and nothing is asked.
  public func look(at id: String?) {
    look += 1
    section = id.flatMap(DatastoreSection.named)
    guard section != nil else { return }
    // What was told before stands there at once, with its age.
    report()
    let look = look
    LoopActor.task { await self.follow(look) }
  }

  /// Asks once more now.
  public func refresh() {
    if let section { ask(section) }
  }

  private func follow(_ look: Int) async {
    while look == self.look, let section {
      ask(section)
      await LoopActor.sleep(for: section.interval)
    }
  }

  private func ask(_ section: DatastoreSection) {
    for (source, reader) in readers where reader.store == section.store {
      let key = Key(source: source, section: section.id)
      guard asking.insert(key).inserted else { continue }
      LoopActor.task {
        await self.read(section, reader, key)
        self.asking.remove(key)
      }
    }
  }

  private func read(_ section: DatastoreSection, _ reader: any DatastoreReader, _ key: Key) async {
    let startedAt = LoopActor.now()
    var reading =
      readings[key]
      ?? DatastoresSnapshot.Reading(source: key.source, section: section.id, address: reader.address)
    do throws(SourceFailure) {
      reading.table = try await reader.read(section)
      reading.sampledAt = startedAt.monotonic
      (reading.failure, reading.failingSince) = (nil, nil)
    } catch {
      reading.failure = error
      reading.failingSince = reading.failingSince ?? startedAt
    }
    readings[key] = reading
    if self.section?.id == section.id { report() }
  }

  private func report() {
    version += 1
    tell(
      DatastoresSnapshot(
        version: version,
        sources: readers.map { .init(id: $0.source, store: $0.reader.store, address: $0.reader.address) },
        readings: readings.values.sorted { ($0.section, $0.source) < ($1.section, $1.source) }
      )
    )
  }
}

/// What is told of datastores by then.
public struct DatastoresSnapshot: Sendable {
  /// A source that tells of a datastore.
  public struct Source: Sendable, Hashable {
    /// Its id.
    public var id: String
    /// Its type.
    public var store: String
    /// Where it is.
    public var address: String

    /// Names a source.
    public init(id: String, store: String, address: String) {
      (self.id, self.store, self.address) = (id, store, address)
    }
  }

  /// What one source told of one section, and how asking it fares.
  public struct Reading: Sendable {
    /// The source's id.
    public var source: String
    /// The section.
    public var section: String
    /// Where the source is.
    public var address: String
    /// What it told last; nil: it never did.
    public var table: DatastoreTable?
    /// When that was asked; nil: it never told anything.
    public var sampledAt: MonotonicTime?
    /// Why the last question has no answer; nil after a good one.
    public var failure: SourceFailure?
    /// Since when there is none.
    public var failingSince: Moment?

    /// Nothing was told yet.
    public init(source: String, section: String, address: String) {
      (self.source, self.section, self.address) = (source, section, address)
    }
  }

  /// Another number whenever something is told.
  public let version: Int
  /// The sources that there are.
  public let sources: [Source]
  /// What they told.
  public let readings: [Reading]

  /// Makes one.
  public init(version: Int, sources: [Source], readings: [Reading]) {
    (self.version, self.sources, self.readings) = (version, sources, readings)
  }
}
