public import DataSources
public import Facts

/// The runbooks that there are and what became of their runs, as they were read last.
public struct RunbooksSnapshot: Snapshot {
  /// A procedure, and what a run of it goes through.
  public struct Entry: Sendable, Hashable {
    /// The procedure.
    public var runbook: Runbook
    /// What a run goes through; nil if it can't be run.
    public var script: RunScript?
    /// Why it can't be run; nil if it can.
    public var problem: ConfigurationProblem?
  }

  /// A run whose journal can't be read.
  public struct Unreadable: Sendable, Hashable {
    /// The run's id.
    public var id: String
    /// Why.
    public var cause: SafeText

    /// Tells of a run that can't be read.
    public init(id: String, cause: SafeText) {
      self.id = id
      self.cause = cause
    }
  }

  /// The procedures by file; of two of one id the user's own alone.
  public var entries: [Entry]
  /// What is wrong with files, beside what keeps a procedure from being run.
  public var problems: [ConfigurationProblem]
  /// The newest runs, the newest first.
  public var runs: [RunbookRun]
  /// Runs of which nothing can be told.
  public var unreadable: [Unreadable] = []
  /// The actions that steps may name.
  public let catalog: ActionCatalog

  /// Makes a snapshot of a library and of runs.
  public init(_ library: RunbookLibrary, runs: [RunbookRun] = []) {
    catalog = library.catalog
    var seen: Set<String> = []
    entries = library.scripts.filter { seen.insert($0.runbook.id).inserted }.map { book, script in
      switch script {
      case .success(let script): Entry(runbook: book, script: script)
      case .failure(let problem): Entry(runbook: book, problem: problem)
      }
    }
    let told = Set(entries.compactMap(\.problem))
    problems = Set(library.problems).subtracting(told).sorted()
    self.runs = runs
  }

  /// The runs that can be gone on with.
  public var open: [RunbookRun] { runs.filter { $0.standing != .over } }

  /// The runs of a procedure, the newest first.
  public func runs(of runbook: Runbook) -> [RunbookRun] {
    runs.filter { $0.beginning?.runbook == runbook.id && $0.beginning?.file == runbook.file }
  }

  /// The script that a run was begun with; nil if it is another one by now.
  public func script(of run: RunbookRun) -> RunScript? {
    guard let beginning = run.beginning else { return nil }
    return entries.lazy.compactMap(\.script).first {
      $0.runbook.file == beginning.file && $0.runbook.id == beginning.runbook && $0.digest == beginning.digest
    }
  }
}

/// Follows the files of runbooks and the journals of their runs; reads what has changed.
@LoopActor public final class RunbookSource: Source {
  /// The source's id.
  public nonisolated static let id = "runbooks"
  /// So many journals are looked at, the newest.
  private nonisolated static let most = 200

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let places: RunbookPlaces
  private let journal: RunJournal
  private var library: RunbooksSnapshot?
  private let catalog: ActionCatalog
  private var libraryStamps: [String: LocalFile.Stamp] = [:]
  private var listing = RunbookLibrary.Listing()
  private var runs: [String: (stamp: LocalFile.Stamp, run: Result<RunbookRun, FileFailure>)] = [:]
  private var isReading = false

  /// Follows the runbooks of `places` and the runs of `journal`.
  public init(_ places: RunbookPlaces, journal: RunJournal, catalog: ActionCatalog = .standard) {
    self.places = places
    self.catalog = catalog
    self.journal = journal
    descriptor = SourceDescriptor(
      id: Self.id,
      kind: "runbooks",
      address: places.all.joined(separator: ", "),
      interval: .seconds(5),
      deadline: .seconds(2)
    )
  }

  /// Reads what has changed since the last time.
  /// - Throws: `timedOut` while an earlier read is still out.
  public func poll() async throws(SourceFailure) -> SourceReading {
    guard !isReading else {
      let place = journal.directory.file("runs")
      throw SourceFailure(.timedOut, at: place, detail: "the state directory doesn't answer")
    }
    isReading = true
    defer { isReading = false }
    let (places, state, former, catalog) = (places, journal.directory, libraryStamps, catalog)
    let (isFirst, formerListing) = (library == nil, listing)
    let (found, files, stamps, fresh) = await LoopActor.onThreadPool {
      var files: [String: LocalFile.Stamp] = [:]
      let found = RunbookLibrary.listing(of: places)
      for path in found.files { files[path] = LocalFile.stamp(path) }
      // A directory that can't be read any more, or can again, is news like a file of it.
      let isNew = isFirst || files != former || found != formerListing
      let fresh = isNew ? RunbooksSnapshot(RunbookLibrary(found, catalog: catalog)) : nil
      return (found, files, RunJournal.stamps(state), fresh)
    }
    if let fresh { (library, libraryStamps, listing) = (fresh, files, found) }
    let ids = stamps.keys.sorted(by: >).prefix(Self.most)
    for id in ids {
      guard let stamp = stamps[id], runs[id]?.stamp != stamp else { continue }
      do throws(FileFailure) {
        guard let events = try await journal.events(of: id) else { continue }
        runs[id] = (stamp, .success(RunbookRun(id: id, events: events)))
      } catch {
        runs[id] = (stamp, .failure(error))
      }
    }
    var snapshot = library ?? RunbooksSnapshot(RunbookLibrary())
    for id in ids {
      switch runs[id]?.run {
      case .success(let run)?: snapshot.runs.append(run)
      case .failure(let failure)?: snapshot.unreadable.append(.init(id: id, cause: SafeText(failure.cause)))
      case nil: continue
      }
    }
    return SourceReading([], snapshots: [snapshot])
  }

  /// Nothing is kept open.
  public func close() {}
}
