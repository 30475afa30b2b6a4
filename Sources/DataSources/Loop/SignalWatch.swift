internal import CUV

/// Delivers one POSIX signal as a call on the event loop.
@LoopActor public final class SignalWatch {
  private var handle: UnsafeMutablePointer<uv_signal_t>?
  private let action: @LoopActor () -> Void

  /// Watches `signal` (a POSIX number) until ``close()``, or until nobody holds the watch any more.
  public init(_ signal: Int32, _ action: @escaping @LoopActor () -> Void) {
    let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
    self.handle = handle
    self.action = action
    uv_signal_init(LoopActor.loop.uv, handle)
    handle.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    uv_signal_start(
      handle,
      { handle, _ in
        guard let handle else { return }
        let watch = Unmanaged<SignalWatch>.fromOpaque(handle.pointee.data).takeUnretainedValue()
        LoopActor.assumeIsolated { watch.action() }
      },
      signal
    )
  }

  isolated deinit {
    close()
  }

  /// Stops watching; the signal's former disposition returns when nobody watches it any more.
  public func close() {
    guard let handle else { return }
    self.handle = nil
    uv_close(cuv_handle(handle)) { handle in
      guard let handle else { return }
      handle.withMemoryRebound(to: uv_signal_t.self, capacity: 1) { $0.deallocate() }
    }
  }
}
