import DataSources
import Facts

/// Watches a 10 ms timer on the loop: what blocks the loop, or computes on it, makes a long gap.
///
/// The time in which the loop's thread could run and other processes had the processor is not counted: a busy
/// machine is not a blocked loop.
@LoopActor final class LoopPulse {
  private let timer = LoopTimer()
  private var longestGap: Duration = .zero
  private var last = LoopPulse.now()

  init() {
    timer.start(after: .milliseconds(10), every: .milliseconds(10)) { [unowned self] in self.beat() }
  }

  /// Ends the watch and answers the longest gap.
  func stop() -> Duration {
    timer.close()
    // The turn that blocked may be the one that asks: its gap has no tick yet.
    beat()
    return longestGap
  }

  private func beat() {
    let now = Self.now()
    longestGap = max(longestGap, now - last)
    last = now
  }

  /// The time less what this thread has waited for a processor: the second number of `schedstat`.
  private static func now() -> Duration {
    let numbers = text(of: "/proc/thread-self/schedstat").split(separator: " ")
    let waited = numbers.count > 1 ? Int64(numbers[1]) ?? 0 : 0
    return .nanoseconds(LoopActor.now().monotonic.nanoseconds - waited)
  }
}
