import Facts

#if canImport(Glibc)
import Glibc
#endif

/// A server that does to each connection what its script says, on plain blocking sockets and threads.
final class ScriptedServer: Sendable {
  /// The TCP port on 127.0.0.1; 0 behind a unix socket.
  let port: Int
  private let listener: Int32
  private let accepted = Locked(0)
  private let seen = Locked<[String]>([])

  /// The connections accepted so far.
  var connections: Int { accepted.withLock { $0 } }
  /// The heads of the requests read so far.
  var requests: [String] { seen.withLock { $0 } }
  var url: String { "http://127.0.0.1:\(port)/" }

  /// Listens on a free TCP port, or on a unix socket at `path`.
  init(unixSocket path: String? = nil, _ script: @escaping @Sendable (Connection) -> Void) {
    let listener = socket(path == nil ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    port = path.map { Self.bind(listener, to: $0) } ?? Self.bindToFreePort(listener)
    self.listener = listener
    listen(listener, 1_024)
    onThread { [self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        accepted.withLock { $0 += 1 }
        onThread { [self] in
          let connection = Connection(descriptor) { head in self.seen.withLock { $0.append(head) } }
          script(connection)
          connection.close()
        }
      }
    }
  }

  /// Answers every request with this and ends the connection.
  static func answering(
    _ body: String,
    status: String = "200 OK",
    headers: String = "",
    unixSocket: String? = nil
  ) -> ScriptedServer {
    ScriptedServer(unixSocket: unixSocket) { connection in
      guard connection.readRequest() != nil else { return }
      connection.write(
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(headers)\r\n\(body)"
      )
    }
  }

  /// Accepts no more.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// One accepted connection.
  final class Connection: Sendable {
    private let descriptor: Int32
    private let note: @Sendable (String) -> Void

    init(_ descriptor: Int32, note: @escaping @Sendable (String) -> Void) {
      self.descriptor = descriptor
      self.note = note
    }

    /// Reads one request, head and body; nil at the end.
    @discardableResult func readRequest() -> String? {
      var text = ""
      while !text.hasSuffix("\r\n\r\n") {
        var byte: UInt8 = 0
        guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
        text.unicodeScalars.append(Unicode.Scalar(byte))
      }
      note(text)
      let lengths = text.lowercased().split(separator: "\r\n").filter { $0.hasPrefix("content-length:") }
      var left = lengths.first.flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while left > 0 {
        let count = recv(descriptor, &buffer, min(left, buffer.count), 0)
        guard count > 0 else { return nil }
        left -= count
      }
      return text
    }

    /// Reads up to the end of one line, or of the connection.
    func readLine() {
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) == 1, byte != UInt8(ascii: "\n") {}
    }

    /// Sends text; false once the peer is gone.
    @discardableResult func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult func write(_ bytes: [UInt8]) -> Bool {
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
          send(
            descriptor,
            buffer.baseAddress.map { $0 + sent },
            bytes.count - sent,
            Int32(MSG_NOSIGNAL)
          )
        }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }

    /// Holds the connection open and says nothing until the peer closes.
    func hang() {
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) > 0 {}
    }

    /// Makes the close a reset instead of an orderly end.
    func reset() {
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func close() { _ = Glibc.close(descriptor) }
  }

  private static func bindToFreePort(_ listener: Int32) -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let port = TestProcess.freePort()
    address.sin_port = in_port_t(port).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    precondition(status == 0, "cannot listen on port \(port)")
    return port
  }

  private static func bind(_ listener: Int32, to path: String) -> Int {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    precondition(status == 0, "cannot listen on \(path)")
    return 0
  }
}

/// Runs `body` on a thread of its own.
func onThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let status = pthread_create(
    &thread,
    nil,
    { context in
      guard let context else { return nil }
      Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
      return nil
    },
    Unmanaged.passRetained(Box(body)).toOpaque()
  )
  precondition(status == 0, "no thread")
  pthread_detach(thread)
}
