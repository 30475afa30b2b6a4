public import DataSources
public import Facts

/// Where runbooks stand beside those that ship.
public struct RunbookPlaces: Sendable, Hashable {
  /// What a configuration tells: files and directories that have to be there.
  public var told: [String]
  /// Directories that are looked into if they are there.
  public var usual: [String]

  /// Names places.
  public init(told: [String] = [], usual: [String] = []) {
    self.told = told
    self.usual = usual
  }

  /// All of them, what was told first.
  public var all: [String] { told + usual.filter { !told.contains($0) } }
}

/// The runbooks that there are: those that ship with the console, and files of the user's own.
public struct RunbookLibrary: Sendable {
  /// What ships with the console: the name of each file, and its text.
  ///
  /// To add one: the file and one line.
  private static let files: [(name: String, text: [UInt8])] = [
    ("backend-not-responding", PackageResources.backend_not_responding_md),
    ("database-connection-issues", PackageResources.database_connection_issues_md),
    ("escalate", PackageResources.escalate_md),
    ("failed-runs", PackageResources.failed_runs_md),
    ("high-queue-depth", PackageResources.high_queue_depth_md),
    ("orphan-queue", PackageResources.orphan_queue_md),
    ("rabbitmq-down", PackageResources.rabbitmq_down_md),
    ("redis-down", PackageResources.redis_down_md),
    ("restart-services", PackageResources.restart_services_md),
    ("rotate-credentials", PackageResources.rotate_credentials_md),
    ("worker-down", PackageResources.worker_down_md),
  ]
  private static let ending = ".md"

  /// The procedures, those of the user's own first: they may have the name of one that ships.
  public private(set) var runbooks: [Runbook] = []
  /// What is wrong with files, and where.
  public private(set) var problems: [ConfigurationProblem] = []
  /// The actions that steps may name: the console's own, and those of a configuration.
  public let catalog: ActionCatalog

  /// The runbooks that ship with the console.
  public static let shipped: RunbookLibrary = {
    var library = RunbookLibrary()
    for (name, text) in files { library.add(String(decoding: text, as: UTF8.self), of: "\(name)\(ending)") }
    return library
  }()

  /// The names of the files that ship.
  static var names: [String] { files.map(\.name) }

  /// No runbooks.
  public init(catalog: ActionCatalog = .standard) { self.catalog = catalog }

  /// The files of these places, and what ships; blocking.
  ///
  /// A place that is `told` by somebody and isn't there is a problem, and so is one that can't be read.
  public init(_ places: RunbookPlaces, catalog: ActionCatalog = .standard) {
    self.init(Self.listing(of: places), catalog: catalog)
  }

  /// The files that were found, and what ships; blocking.
  init(_ listing: Listing, catalog: ActionCatalog) {
    self.catalog = catalog
    for path in listing.files { add(file: path) }
    problems += listing.problems
    runbooks += Self.shipped.runbooks
  }

  /// Which files there are.
  struct Listing: Sendable, Hashable {
    /// Their paths, in the order of the places.
    var files: [String] = []
    /// The places that can't be read: what stands there is not known.
    var problems: [ConfigurationProblem] = []
  }

  /// The files of directories, and what is a file itself; blocking.
  static func listing(of places: RunbookPlaces) -> Listing {
    var listing = Listing()
    for place in places.all {
      guard !place.hasSuffix(ending) else {
        listing.files.append(place)
        continue
      }
      do throws(LocalFile.Failure) {
        listing.files += try LocalFile.list(place).filter { $0.hasSuffix(ending) }.map { "\(place)/\($0)" }
      } catch {
        let isThere = LocalFile.exists(place)
        guard isThere || !error.isMissing || places.told.contains(place) else { continue }
        let message =
          isThere || !error.isMissing
          ? "the directory of runbooks can't be read: \(error.message)"
          : "there is no such directory of runbooks"
        listing.problems.append(ConfigurationProblem(unreadable: place, message))
      }
    }
    return listing
  }

  /// The places that can't be read; blocking.
  public static func unreadable(_ places: RunbookPlaces) -> [ConfigurationProblem] {
    listing(of: places).problems
  }

  /// Where runbooks stand beside those that ship: `runbooks/` of the project around `workingDirectory`, and the
  /// user's own in `$XDG_CONFIG_HOME/switchboard/runbooks`.
  public static func directories(variables: [String: String], workingDirectory: String) -> [String] {
    let home = variables["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let own = "\(home ?? "\(variables["HOME"] ?? "")/.config")/switchboard/runbooks"
    let project = UpwardSearch.find(["runbooks"], from: workingDirectory, home: variables["HOME"])
    return (project.map { [UpwardSearch.join($0.directory, $0.name)] } ?? []) + [own]
  }

  /// Reads a file; blocking.
  /// - Returns: Its procedures; a file that can't be read is a problem.
  @discardableResult
  public mutating func add(file path: String) -> [Runbook] {
    do throws(LocalFile.Failure) {
      return add(String(decoding: try LocalFile.read(path).bytes, as: UTF8.self), of: path)
    } catch {
      problems.append(ConfigurationProblem(unreadable: path, error.message))
      return []
    }
  }

  @discardableResult
  private mutating func add(_ text: String, of path: String) -> [Runbook] {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let name = last.hasSuffix(Self.ending) ? String(last.dropLast(Self.ending.count)) : last
    let reader = RunbookReader(parsing: text, file: path, name: name, catalog: catalog)
    runbooks += reader.runbooks
    problems += reader.problems
    return reader.runbooks
  }

  /// The procedure by its id, its heading or the last part of its id; nil if there is none.
  public func runbook(_ name: String) -> Runbook? { RunScript.find(name, in: runbooks) }

  /// The runbook that is for a thing; nil if none says so.
  ///
  /// One that names the thing goes before one that is for any of its kind.
  public static func fitting(_ kind: TargetKind, _ name: String, in library: [Runbook]) -> Runbook? {
    let whole = RunbookSubject(kind: kind, name: name)
    let any = RunbookSubject(kind: kind, name: nil)
    return library.first { $0.subjects.contains(whole) } ?? library.first { $0.subjects.contains(any) }
  }

  /// The scripts of all that can be run, and what is wrong with the others.
  public var scripts: [(runbook: Runbook, script: Result<RunScript, ConfigurationProblem>)] {
    runbooks.map { book in
      do throws(ConfigurationProblem) {
        return (book, .success(try RunScript(book, in: runbooks)))
      } catch {
        return (book, .failure(error))
      }
    }
  }
}
