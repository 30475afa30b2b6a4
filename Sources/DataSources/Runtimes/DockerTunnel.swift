// Clang modules that include <sys/socket.h> share its constants: an optimised build finds them in this one.
internal import CCurl
internal import CUV
public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// A Docker Engine on another machine, reached as docker itself does: `ssh HOST docker system dial-stdio`.
///
/// It listens on a unix socket that only this user can open; each connection to it is one ssh, which ends
/// with it, or is ended. ssh never asks: it has no terminal.
@LoopActor public final class DockerTunnel {
  /// The socket to ask the engine at.
  public let socket: String
  /// The words of ssh when it failed; empty when it said nothing.
  public var lastWords: String {
    guard let file = try? LocalFile.read(log, limit: 1 << 20) else { return "" }
    let lines = file.bytes.suffix(512).split(separator: 0x0A)
    return lines.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private let arguments: [String]
  private let directory: String
  private let log: String
  private var listener: Int32 = -1
  private var watch: DescriptorWatch?
  private var ways: [ObjectIdentifier: TunnelWay] = [:]

  /// Opens the socket for an engine at `ssh://[user@]host[:port]`; no ssh runs before somebody connects.
  /// - Throws: `misconfigured` for an address that is none, `rejected` when there is no place for a socket.
  public init(to address: String, program: String = "ssh") throws(SourceFailure) {
    guard let place = SourceAddress(address), place.scheme == "ssh", let host = place.hosts.first,
      !place.hasPassword
    else {
      throw SourceFailure(
        .misconfigured,
        at: redacted(address),
        detail: "expected ssh://user@host:port, without a password"
      )
    }
    var words = [program, "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T"]
    if let user = place.user { words += ["-l", user] }
    if let port = place.port { words += ["-p", String(port)] }
    words += ["--", host, "docker"]
    if place.path.count > 1 { words += ["--host", "unix://\(place.path)"] }
    arguments = words + ["system", "dial-stdio"]
    var template = Array("/tmp/switchboard-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw SourceFailure(.rejected, at: redacted(address), detail: "no place for a socket in /tmp")
    }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    socket = directory + "/docker.sock"
    log = directory + "/ssh.log"
    guard listen() else {
      close()
      throw SourceFailure(.rejected, at: redacted(address), detail: "a socket can't be opened in /tmp")
    }
  }

  /// Ends listening, and every ssh.
  public func close() {
    for way in ways.values { way.end() }
    watch?.close()
    watch = nil
    if listener >= 0 { _ = Glibc.close(listener) }
    listener = -1
    unlink(socket)
    unlink(log)
    rmdir(directory)
  }

  private func listen() -> Bool {
    listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { return false }
    let path = Array(socket.utf8CString)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.count <= room else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.map { UInt8(bitPattern: $0) }) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    _ = fcntl(listener, F_SETFL, O_NONBLOCK)
    guard bound == 0, Glibc.listen(listener, 16) == 0 else { return false }
    watch = DescriptorWatch(listener) { [weak self] _, _ in self?.accept() }
    watch?.watch(.readable)
    return watch != nil
  }

  private func accept() {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      guard connection >= 0 else { return }
      _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
      // Where there is no ssh whoever asked sees the end at once.
      if !connect(connection) { _ = Glibc.close(connection) }
    }
  }

  /// Runs one ssh between its standard streams and a connection; false if it could not be started.
  private func connect(_ connection: Int32) -> Bool {
    let errors = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard errors >= 0 else { return false }
    defer { _ = Glibc.close(errors) }
    let way = TunnelWay(connection) { [weak self] in self?.ways[$0] = nil }
    if let error = way.start(arguments, errors: errors) {
      let reason = "\(arguments[0]): \(error)\n"
      _ = reason.withCString { write(errors, $0, strlen($0)) }
      return false
    }
    ways[ObjectIdentifier(way)] = way
    return true
  }
}
