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

/// Carries a closure through libuv's void pointer.
private final class PoolWork: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
