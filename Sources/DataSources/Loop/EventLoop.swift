internal import CUV

/// The console's one event loop: libuv on one thread, the executor of ``LoopActor`` and of the tasks that
/// prefer it.
///
/// C callbacks of libuv and the libraries driven by it run on the loop's thread, which is also where
/// every `@LoopActor` function runs; so both share state without locks. The only lock is around the
/// queue of jobs that other threads hand in.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
  // Unchecked: `uv` and `wake` are touched on the loop's thread only (uv_async_send excepted, which is
  // made for other threads); `jobs` has its lock; `thread` is written before the loop runs.
  let uv: UnsafeMutablePointer<uv_loop_t>
  private let wake: UnsafeMutablePointer<uv_async_t>
  // libuv's own lock rather than Synchronization.Mutex, which the thread sanitizer can't see.
  private let lock: UnsafeMutablePointer<uv_mutex_t>
  private var jobs: [UnownedJob] = []
  private var thread = uv_thread_self()

  init() {
    uv = .allocate(capacity: 1)
    uv_loop_init(uv)
    lock = .allocate(capacity: 1)
    uv_mutex_init(lock)
    wake = .allocate(capacity: 1)
    uv_async_init(uv, wake) { handle in
      guard let handle else { return }
      Unmanaged<EventLoop>.fromOpaque(handle.pointee.data).takeUnretainedValue().drain()
    }
    wake.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  /// Takes a job from any thread; it runs in the loop's next turn.
  public func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    uv_mutex_lock(lock)
    jobs.append(unowned)
    let isFirst = jobs.count == 1
    uv_mutex_unlock(lock)
    if isFirst { uv_async_send(wake) }
  }

  private func drain() {
    uv_mutex_lock(lock)
    let batch = jobs
    jobs = []
    uv_mutex_unlock(lock)
    // As both executors at once: a task that prefers the loop doesn't leave it between two steps.
    let (serial, task) = (asUnownedSerialExecutor(), asUnownedTaskExecutor())
    for job in batch { job.runSynchronously(isolatedTo: serial, taskExecutor: task) }
  }

  /// Stops the program when called off the loop's thread.
  public func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "not on the loop's thread")
  }

  /// Whether the caller is on the loop's thread.
  public func isIsolatingCurrentContext() -> Bool? {
    var caller = uv_thread_self()
    var own = thread
    return uv_thread_equal(&caller, &own) != 0
  }

  /// Runs the loop on the calling thread until ``stop()``; called once, by `main`.
  public func run() {
    thread = uv_thread_self()
    uv_run(uv, UV_RUN_DEFAULT)
  }

  /// Makes ``run()`` return after the current turn.
  ///
  /// Call on the loop's thread.
  public func stop() {
    uv_stop(uv)
  }

  /// Runs the loop for ever on a thread of its own: what tests do.
  ///
  /// Later calls do nothing.
  public static func runOnOwnThread() {
    _ = ownThread
  }

  private static let ownThread: Bool = {
    let ready = UnsafeMutablePointer<uv_sem_t>.allocate(capacity: 1)
    uv_sem_init(ready, 0)
    var identifier = uv_thread_t()
    uv_thread_create(
      &identifier,
      { ready in
        let loop = LoopActor.loop
        loop.thread = uv_thread_self()
        if let ready { uv_sem_post(ready.assumingMemoryBound(to: uv_sem_t.self)) }
        // `wake` keeps the loop alive; it never returns.
        uv_run(loop.uv, UV_RUN_DEFAULT)
      },
      ready
    )
    uv_sem_wait(ready)
    return true
  }()
}

/// The isolation of everything with identity: clients, sources, terminal, executor.
@globalActor public actor LoopActor {
  /// The actor itself; only its executor matters.
  public static let shared = LoopActor()

  /// The process' event loop.
  public static let loop = EventLoop()

  /// Runs the actor's jobs on the event loop.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    Self.loop.asUnownedSerialExecutor()
  }

  /// Starts a task that never leaves the loop; what it waits for resumes there, too.
  ///
  /// A plain `Task { @LoopActor in … }` would resume each continuation on Swift's own thread pool first,
  /// which costs a thread for each core and two changes of thread a step.
  @discardableResult
  public nonisolated static func task<Success: Sendable>(
    _ body: @escaping @LoopActor () async -> Success
  ) -> Task<Success, Never> {
    Task(executorPreference: loop, operation: body)
  }

  /// Runs `body` with what a C callback was given, at once as isolated to the loop.
  public nonisolated static func assumeIsolated<Value, Result>(
    with value: Value,
    _ body: @LoopActor (Value) throws -> Result
  ) rethrows -> Result {
    shared.preconditionIsolated()
    return try withoutActuallyEscaping(body) { function in
      try unsafeBitCast(function, to: ((Value) throws -> Result).self)(value)
    }
  }

  /// Runs `body` at once as isolated to the loop; for C callbacks, which are on its thread.
  public nonisolated static func assumeIsolated<Result>(
    _ body: @LoopActor () throws -> Result
  ) rethrows -> Result {
    shared.preconditionIsolated()
    return try withoutActuallyEscaping(body) { function in
      // The same cast as MainActor.assumeIsolated in the standard library: isolation is not part of
      // a closure's representation, and the precondition has just checked it.
      try unsafeBitCast(function, to: (() throws -> Result).self)()
    }
  }
}
