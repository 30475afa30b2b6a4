internal import CUV

extension LoopActor {
  /// Runs `body`, a function of values that may take long or block, on libuv's thread pool.
  ///
  /// For what cannot be non-blocking: file reads, fsync, decoding large JSON.
  @LoopActor public static func onThreadPool<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)
      let work = PoolWork { continuation.resume(returning: body()) }
      request.pointee.data = Unmanaged.passRetained(work).toOpaque()
      uv_queue_work(
        LoopActor.loop.uv,
        request,
        // Sendable, or it would be taken as isolated to the loop and trap on the pool's thread.
        { @Sendable request in
          guard let request else { return }
          Unmanaged<PoolWork>.fromOpaque(request.pointee.data).takeUnretainedValue().body()
        },
        { request, _ in
          guard let request else { return }
          Unmanaged<PoolWork>.fromOpaque(request.pointee.data).release()
          request.deallocate()
        }
      )
    }
  }
}

/// The share of the thread pool for what may wait for somebody outside for long, such as name servers.
///
/// Two of libuv's four threads at the most, as its own lookups have it: the rest stays free for the audit
/// log, files and decoding.
@LoopActor enum SlowLane {
  private static let width = 2
  private static var running = 0
  private static var waiting: [CheckedContinuation<Void, Never>] = []

  /// Runs `body` on the thread pool once there is room for it.
  static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    if running == width {
      // Whoever ends hands the place on.
      await withCheckedContinuation { waiting.append($0) }
    } else {
      running += 1
    }
    let result = await LoopActor.onThreadPool(body)
    if waiting.isEmpty {
      running -= 1
    } else {
      waiting.removeFirst().resume()
    }
    return result
  }
}

/// Carries a closure through libuv's void pointer.
private final class PoolWork: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
