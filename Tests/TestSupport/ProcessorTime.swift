#if canImport(Glibc)
internal import Glibc
#endif

/// How long this thread computes in `body`: what tells a wrong order of growth, whatever else the machine does.
public func processorTime<Failure: Error>(of body: () throws(Failure) -> Void) throws(Failure) -> Duration {
  let before = threadTime()
  try body()
  return threadTime() - before
}

private func threadTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
