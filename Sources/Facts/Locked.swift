#if canImport(Glibc)
internal import Glibc
#endif

/// A value that several threads share, reached by one at a time.
///
/// A POSIX mutex rather than `Synchronization.Mutex`: that one waits inside the standard library, where the thread
/// sanitizer doesn't see it, and reports a race at every wait.
public final class Locked<Value: Sendable>: @unchecked Sendable {
  // Unchecked: `value` is touched under `lock` only.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  /// A value that nobody holds yet.
  public init(_ value: Value) {
    self.value = value
    lock = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
  }

  deinit {
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  /// Runs `body` while no other thread does; `body` must not come back here.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body(&value)
  }
}
