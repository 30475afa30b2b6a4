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

/// A share of the thread pool, so that work of one kind leaves threads for the rest.
@LoopActor final class PoolLane {
  private let width: Int
  private var running = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Makes a lane of so many of the pool's four threads.
  init(width: Int) {
    self.width = width
  }

  /// Runs `body` on the thread pool once there is room for it.
  func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
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

/// The share of the thread pool for what may wait for somebody outside for long, such as name servers.
///
/// Two of libuv's four threads at the most, as its own lookups have it: the rest stays free for the audit
/// log, files and decoding.
@LoopActor enum SlowLane {
  private static let lane = PoolLane(width: 2)

  /// Runs `body` on the thread pool once there is room for it.
  static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await lane.run(body)
  }
}

/// Where documents are decoded so that no key waits for them: large ones one after the other, since a document takes
/// ten times its bytes while it is read.
@LoopActor enum DecodingLane {
  private static let lane = PoolLane(width: 1)
  /// Up to here a document is decoded on the loop.
  private static let small = 16 << 10

  /// Runs `body`, which decodes a document of so many bytes.
  static func run<Result: Sendable>(
    _ bytes: Int,
    _ body: @escaping @Sendable () -> Result
  ) async -> Result {
    if bytes <= small { return body() }
    return bytes > ReplyRoom.small ? await lane.run(body) : await LoopActor.onThreadPool(body)
  }
}

/// Carries a closure through libuv's void pointer.
private final class PoolWork: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
