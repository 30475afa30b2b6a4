/// Which compose files hold in a directory, and the variables for them: as compose finds them.
struct ComposeFiles {
  /// Why no project is read, as a sentence.
  struct Refusal: Error {
    var sentence: String
  }

  /// The directory of the first file: relative paths start from it.
  var directory: String
  /// The files, in merge order; empty: there are none.
  var paths: [String]
  /// The process' variables and those of `.env`.
  var variables: ComposeVariables

  private static let overrideNames = [
    "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml",
    "docker-compose.override.yaml",
  ]

  /// Reads what stands at a path.
  typealias Content = @Sendable (String) -> Result<[UInt8], LocalFile.Failure>

  private let content: Content

  /// Finds the files from `start`, upwards unless `COMPOSE_FILE` names them; `content` reads env files.
  /// - Throws: for what stands there and can't be used.
  init(
    from start: String,
    process: [String: String],
    content: @escaping Content = { ComposeFiles.content($0) }
  ) throws(Refusal) {
    self.content = content
    directory = UpwardSearch.absolute(start, in: "/")
    paths = []
    variables = ComposeVariables(process: process)
    let named = (process["COMPOSE_ENV_FILES"] ?? "").split(separator: ",").map(String.init)
    let isOff = ["1", "t", "T", "true", "TRUE", "True"].contains(process["COMPOSE_DISABLE_ENV_FILE"] ?? "")
    let usesDefault = named.isEmpty && !isOff
    for name in named { try add(UpwardSearch.absolute(name, in: directory), isOptional: false) }
    if usesDefault { try add(UpwardSearch.join(directory, ".env"), isOptional: true) }
    if let list = variables["COMPOSE_FILE"], !list.isEmpty {
      let separator = variables["COMPOSE_PATH_SEPARATOR"]?.first ?? ":"
      if let remote = list.split(separator: separator).first(where: { ComposeScope.isRemote(String($0)) }) {
        throw Refusal(
          sentence: "COMPOSE_FILE names \(remote), which is not on this machine: it is not followed"
        )
      }
      paths = list.split(separator: separator).map { UpwardSearch.absolute(String($0), in: directory) }
    } else if let (found, name) = try Self.search(from: directory, home: process["HOME"]) {
      paths = [UpwardSearch.join(found, name)]
      paths +=
        Self.overrideNames.map { UpwardSearch.join(found, $0) }.first(where: LocalFile.exists).map { [$0] }
        ?? []
    }
    guard let first = paths.first else { return }
    let own = UpwardSearch.directory(of: first)
    if usesDefault, own != directory { try add(UpwardSearch.join(own, ".env"), isOptional: true) }
    directory = own
  }

  /// The bytes of the files.
  /// - Throws: for the first that can't be used.
  func contents() throws(Refusal) -> [ComposeReader.File] {
    var files: [ComposeReader.File] = []
    for path in paths { files.append(ComposeReader.File(path: path, bytes: try Self.bytes(path))) }
    return files
  }

  /// The bytes of a small file that belongs to this user or to root.
  static func content(_ path: String) -> Result<[UInt8], LocalFile.Failure> {
    do throws(LocalFile.Failure) {
      let file = try LocalFile.read(path)
      return file.isOurs ? .success(file.bytes) : .failure(.foreign(path))
    } catch {
      return .failure(error)
    }
  }

  private static func bytes(_ path: String) throws(Refusal) -> [UInt8] {
    switch content(path) {
    case .success(let bytes): return bytes
    case .failure(let failure): throw Refusal(sentence: "\(path) \(Self.words(failure))")
    }
  }

  private mutating func add(_ path: String, isOptional: Bool) throws(Refusal) {
    let bytes: [UInt8]
    switch content(path) {
    case .success(let read): bytes = read
    case .failure(let failure) where isOptional && failure.isMissing: return
    case .failure(let failure): throw Refusal(sentence: "\(path) \(Self.words(failure))")
    }
    do throws(EnvironmentFile.Failure) {
      try variables.add(String(decoding: bytes, as: UTF8.self), of: path)
    } catch {
      throw Refusal(sentence: "\(path):\(error.line): \(error.message)")
    }
  }

  private static func words(_ failure: LocalFile.Failure) -> String {
    failure.number == 0 ? failure.message : "can't be read: \(failure.message)"
  }

  /// The nearest compose file, as ``UpwardSearch`` looks; one that is somebody else's ends it with a sentence.
  private static func search(
    from start: String,
    home: String?
  ) throws(Refusal) -> (directory: String, name: String)? {
    if let found = UpwardSearch.find(Discovery.fileNames, from: start, home: home) { return found }
    let end = UpwardSearch.place(of: Discovery.fileNames, from: start, home: home)
    guard let name = Discovery.fileNames.first(where: { LocalFile.exists(UpwardSearch.join(end, $0)) }) else {
      return nil
    }
    throw Refusal(sentence: "\(UpwardSearch.join(end, name)) belongs neither to this user nor to root")
  }
}
