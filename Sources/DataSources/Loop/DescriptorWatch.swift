internal import CUV

/// Watches one file descriptor (socket, pipe, tty) for readiness on the event loop.
///
/// The owner calls ``close()`` before it closes the descriptor itself; what is let go of before is closed all
/// the same, and stops a debug build.
@LoopActor public final class DescriptorWatch {
  /// What a descriptor is ready for, or watched for.
  public struct Events: OptionSet, Sendable {
    /// The bits, as libuv counts them.
    public let rawValue: Int32
    /// Makes a set from libuv's bits.
    public init(rawValue: Int32) { self.rawValue = rawValue }
    /// Bytes (or the end, or an error) can be read.
    public static let readable = Events(rawValue: Int32(UV_READABLE.rawValue))
    /// Bytes can be written.
    public static let writable = Events(rawValue: Int32(UV_WRITABLE.rawValue))
    /// The other side hung up, or the descriptor failed.
    public static let disconnect = Events(rawValue: Int32(UV_DISCONNECT.rawValue))
  }

  private var handle: UnsafeMutablePointer<uv_poll_t>?
  private var action: @LoopActor (Events, Int32) -> Void

  /// Makes a watch of `descriptor`; nil if libuv can't watch it (a regular file, a closed one).
  ///
  /// `action` gets what is ready and 0, or an empty set and libuv's negative error number.
  public init?(_ descriptor: Int32, _ action: @escaping @LoopActor (Events, Int32) -> Void) {
    let handle = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
    self.action = action
    guard uv_poll_init(LoopActor.loop.uv, handle, descriptor) == 0 else {
      handle.deallocate()
      return nil
    }
    self.handle = handle
    handle.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  isolated deinit {
    // Its descriptor may be closed already, and the number another's by now.
    assert(handle == nil, "a watch was let go of and not closed")
    close()
  }

  /// Watches for `events` from now on; an empty set pauses.
  public func watch(_ events: Events) {
    guard let handle else { return }
    guard !events.isEmpty else {
      uv_poll_stop(handle)
      return
    }
    uv_poll_start(handle, events.rawValue) { handle, status, events in
      guard let handle else { return }
      let watch = Unmanaged<DescriptorWatch>.fromOpaque(handle.pointee.data).takeUnretainedValue()
      LoopActor.assumeIsolated {
        watch.action(Events(rawValue: status < 0 ? 0 : events), status)
      }
    }
  }

  /// Stops watching for good; the descriptor may be closed right after.
  public func close() {
    guard let handle else { return }
    self.handle = nil
    uv_poll_stop(handle)
    uv_close(cuv_handle(handle)) { handle in
      guard let handle else { return }
      handle.withMemoryRebound(to: uv_poll_t.self, capacity: 1) { $0.deallocate() }
    }
    action = { _, _ in }
  }
}
