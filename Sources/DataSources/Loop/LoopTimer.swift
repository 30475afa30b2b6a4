internal import CUV
public import Facts

/// A timer on the event loop.
///
/// It ends with ``close()``, or when nobody holds it any more.
@LoopActor public final class LoopTimer {
  private var handle: UnsafeMutablePointer<uv_timer_t>?
  private var action: (@LoopActor () -> Void)?

  /// Makes a timer that is not running.
  public init() {
    let handle = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    uv_timer_init(LoopActor.loop.uv, handle)
    self.handle = handle
    handle.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  isolated deinit {
    close()
  }

  /// Calls `action` once after `delay`, or every `interval` if one is given.
  ///
  /// Restarts if running.
  public func start(
    after delay: Duration,
    every interval: Duration? = nil,
    _ action: @escaping @LoopActor () -> Void
  ) {
    guard let handle else { return }
    self.action = action
    // The loop's own time may be a whole turn old, which would make a short delay fire too early.
    uv_update_time(LoopActor.loop.uv)
    uv_timer_start(
      handle,
      { handle in
        guard let handle else { return }
        let timer = Unmanaged<LoopTimer>.fromOpaque(handle.pointee.data).takeUnretainedValue()
        LoopActor.assumeIsolated { timer.action?() }
      },
      UInt64(delay.milliseconds),
      UInt64(interval.map { max(1, $0.milliseconds) } ?? 0)
    )
  }

  /// Stops the timer; it can be started again.
  public func stop() {
    guard let handle else { return }
    uv_timer_stop(handle)
    action = nil
  }

  /// Gives the handle back for good.
  public func close() {
    guard let handle else { return }
    self.handle = nil
    action = nil
    uv_close(cuv_handle(handle)) { handle in
      guard let handle else { return }
      handle.withMemoryRebound(to: uv_timer_t.self, capacity: 1) { $0.deallocate() }
    }
  }
}

extension LoopActor {
  /// Both clocks, read now.
  public nonisolated static func now() -> Moment {
    var seconds: Int64 = 0
    var microseconds: Int32 = 0
    var wall = uv_timeval64_t()
    if uv_gettimeofday(&wall) == 0 {
      seconds = wall.tv_sec
      microseconds = wall.tv_usec
    }
    return Moment(
      monotonic: MonotonicTime(nanoseconds: Int64(uv_hrtime())),
      wall: WallTime(secondsSince1970: Double(seconds) + Double(microseconds) / 1e6)
    )
  }

  /// Suspends the caller for `delay` without holding the loop; a cancelled task wakes at once.
  @LoopActor public static func sleep(for delay: Duration) async {
    let nap = Nap()
    await withTaskCancellationHandler {
      await withCheckedContinuation { nap.begin($0, delay) }
    } onCancel: {
      LoopActor.task { nap.end() }
    }
  }
}

/// One sleep: a timer and the continuation that it resumes exactly once.
@LoopActor private final class Nap {
  private let timer = LoopTimer()
  private var continuation: CheckedContinuation<Void, Never>?
  private var isOver = false

  func begin(_ continuation: CheckedContinuation<Void, Never>, _ delay: Duration) {
    guard !isOver else {
      continuation.resume()
      return
    }
    self.continuation = continuation
    timer.start(after: delay) { self.end() }
  }

  func end() {
    guard !isOver else { return }
    isOver = true
    timer.close()
    continuation?.resume()
    continuation = nil
  }
}
