#if canImport(Glibc)
internal import Glibc
#endif

/// Who writes an audit line: a user at a console on a host.
public struct AuditAuthor: Sendable, Hashable {
  /// The user's name, or the number where it has none.
  public var user: String
  /// Who became that user by sudo; empty if nobody.
  public var sudoUser: String
  /// The host's name.
  public var host: String
  /// The console's process id.
  public var process: Int

  /// Names an author.
  public init(user: String, sudoUser: String = "", host: String, process: Int) {
    self.user = user
    self.sudoUser = sudoUser
    self.host = host
    self.process = process
  }

  /// This process' own; `variables` are its environment's.
  public static func current(variables: [String: String]) -> AuditAuthor {
    AuditAuthor(
      user: userName(),
      sudoUser: variables["SUDO_USER"] ?? "",
      host: hostName(),
      process: Int(getpid())
    )
  }

  /// The person: who became root, else the user.
  public var person: String { sudoUser.isEmpty ? user : sudoUser }

  private static func userName() -> String {
    let number = getuid()
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(number, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return String(number) }
    return String(cString: name)
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
