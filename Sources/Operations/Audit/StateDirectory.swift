#if canImport(Glibc)
internal import Glibc
#endif

/// Where the console keeps what must outlive it: one directory an environment, for its user alone.
public struct StateDirectory: Sendable, Hashable {
  /// The directory: `$XDG_STATE_HOME/switchboard/ENV`.
  public let path: String
  /// The part that exists by itself; directories below it are made as needed.
  private let root: String

  /// The directory of an environment below `root`, such as `~/.local/state`.
  public init(root: String, environment: String) {
    self.root = root
    path = "\(root)/switchboard/\(Self.component(environment))"
  }

  /// The directory of an environment as the process' variables tell it.
  ///
  /// A relative XDG_STATE_HOME is ignored, as the XDG base directory specification asks.
  public init(environment: String, variables: [String: String]) {
    let home = variables["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/"
    let state = variables["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    self.init(root: state ?? "\(home)/.local/state", environment: environment)
  }

  /// The path of a file in it, once the directory is there; nil if it can't be made.
  public func preparedFile(_ name: String) -> String? {
    do throws(FileFailure) {
      try make()
      return file(name)
    } catch {
      return nil
    }
  }

  /// A file beside it that says since when there has been a record in it: it outlives the directory.
  var birthFile: String { "\(path).since" }

  /// A file in it.
  func file(_ name: String) -> String {
    "\(path)/\(name)"
  }

  /// Makes it with all that is missing above it, open to its user alone.
  /// - Throws: the directory that can't be made, and why.
  func make() throws(FileFailure) {
    var position = ""
    for part in path.split(separator: "/") {
      position += "/\(part)"
      guard mkdir(position, 0o700) != 0 else { continue }
      guard errno == EEXIST || errno == EISDIR || errno == EROFS else {
        throw FileFailure(errno, at: position)
      }
    }
    guard isDirectory else { throw FileFailure(ENOTDIR, at: path) }
    // An older umask may have left our own two wider; the user's own directories are not touched.
    for ours in ["\(root)/switchboard", path] { chmod(ours, 0o700) }
  }

  /// Makes a folder in it, open to its user alone.
  /// - Throws: the directory that can't be made, and why.
  func makeFolder(_ name: String) throws(FileFailure) {
    try make()
    guard mkdir(file(name), 0o700) != 0, errno != EEXIST else { return }
    throw FileFailure(errno, at: file(name))
  }

  private var isDirectory: Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The name as one component of a path: other characters than letters, digits, `_`, `-` and inner
  /// dots become `%` and two digits.
  private static func component(_ name: String) -> String {
    var text = ""
    for (index, byte) in name.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ".") where index > 0:
        text.append(".")
      default:
        text += "%" + Digest.hex([byte])
      }
    }
    return text.isEmpty ? "%" : text
  }
}

/// Why a file could not be read or written.
public struct FileFailure: Error, Sendable, Hashable {
  /// The system's error number.
  public let number: Int32
  /// The path.
  public let path: String

  /// Describes a failure by its error number.
  public init(_ number: Int32, at path: String) {
    self.number = number
    self.path = path
  }

  /// A file that holds something else than what is kept in it.
  static func unreadable(_ path: String) -> FileFailure { FileFailure(EBADMSG, at: path) }

  /// A file of a version that is not known here yet.
  static func newer(_ path: String) -> FileFailure { FileFailure(EPROTONOSUPPORT, at: path) }

  /// The cause in a few words.
  public var cause: String {
    switch number {
    case ENOSPC: "disk full"
    case EDQUOT: "quota exceeded"
    case EFBIG: "file size limit"
    case EACCES, EPERM: "permission denied"
    case EROFS: "read-only file system"
    case EIO: "input/output error"
    case EWOULDBLOCK: "locked by another console"
    case ENOTDIR: "not a directory"
    case ELOOP: "a symbolic link"
    case ENXIO: "not a regular file"
    case EBADMSG: "a line of it can't be read"
    case EPROTONOSUPPORT: "a newer switchboard wrote it: go on with that one"
    default: Self.systemWords(number)
    }
  }

  private static func systemWords(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
