// Clang modules that include <sys/socket.h> share its constants: an optimised build finds them in this one.
internal import CCurl
internal import CUV
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// One ssh and the connection that it serves.
///
/// It ends by itself once its connection does. One that doesn't, because its network is dead or it is no ssh, gets TERM
/// and then KILL: else each poll that fails would leave one behind.
@LoopActor final class TunnelWay {
  private static let patience = Duration.seconds(2)

  private let connection: Int32
  private let forget: @LoopActor (ObjectIdentifier) -> Void
  private let timer = LoopTimer()
  private var watch: DescriptorWatch?
  private var pid: Int32 = 0

  /// Serves `connection`, which is its own once it has started; `forget` is called at its end.
  init(_ connection: Int32, _ forget: @escaping @LoopActor (ObjectIdentifier) -> Void) {
    self.connection = connection
    self.forget = forget
  }

  /// Starts the program between its standard streams and the connection.
  /// - Returns: Why it could not be started; nil if it was.
  func start(_ arguments: [String], errors: Int32) -> String? {
    let handle = UnsafeMutablePointer<uv_process_t>.allocate(capacity: 1)
    handle.initialize(to: uv_process_t())
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    var words = arguments.map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
    defer { for word in words { free(word) } }
    var streams = [connection, connection, errors].map { descriptor in
      var stream = uv_stdio_container_t()
      stream.flags = UV_INHERIT_FD
      stream.data.fd = descriptor
      return stream
    }
    let program = strdup(arguments[0])
    defer { free(program) }
    let status = words.withUnsafeMutableBufferPointer { words in
      streams.withUnsafeMutableBufferPointer { streams in
        var options = uv_process_options_t()
        options.file = UnsafePointer(program)
        options.args = words.baseAddress
        options.stdio = streams.baseAddress
        options.stdio_count = 3
        // A session of its own has no terminal to ask for a password at.
        options.flags = UV_PROCESS_DETACHED.rawValue
        options.exit_cb = { handle, _, _ in
          guard let handle else { return }
          let way = Unmanaged<TunnelWay>.fromOpaque(handle.pointee.data).takeUnretainedValue()
          LoopActor.assumeIsolated { way.ended() }
          TunnelWay.discard(handle)
        }
        return uv_spawn(LoopActor.loop.uv, handle, &options)
      }
    }
    guard status == 0 else {
      timer.close()
      Self.discard(handle)
      return String(cString: uv_strerror(status))
    }
    pid = handle.pointee.pid
    watch = DescriptorWatch(connection) { [weak self] _, _ in self?.disconnected() }
    watch?.watch(.disconnect)
    return nil
  }

  /// Whoever asked has gone.
  private func disconnected() {
    watch?.watch([])
    timer.start(after: Self.patience) { [weak self] in self?.end() }
  }

  /// Ends it: first with TERM, then with KILL.
  func end() {
    guard pid > 0 else { return }
    kill(-pid, SIGTERM)
    timer.start(after: Self.patience) { [weak self] in
      guard let self, pid > 0 else { return }
      kill(-pid, SIGKILL)
    }
  }

  private func ended() {
    // What it forked, and what ignored TERM with it.
    kill(-pid, SIGKILL)
    pid = 0
    watch?.close()
    watch = nil
    timer.close()
    _ = Glibc.close(connection)
    forget(ObjectIdentifier(self))
  }

  private nonisolated static func discard(_ handle: UnsafeMutablePointer<uv_process_t>) {
    uv_close(cuv_handle(handle)) { handle in
      guard let handle else { return }
      Unmanaged<TunnelWay>.fromOpaque(handle.pointee.data).release()
      handle.withMemoryRebound(to: uv_process_t.self, capacity: 1) { $0.deallocate() }
    }
  }
}
