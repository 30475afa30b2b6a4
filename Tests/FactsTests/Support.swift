import Facts

/// Points on one line of time, in seconds, for transcripts.
func at(_ seconds: Double) -> MonotonicTime {
  MonotonicTime(nanoseconds: Int64(seconds * 1e9))
}

/// Both clocks at a second of the transcript; the wall clock began at 1,000,000.
func moment(_ seconds: Double) -> Moment {
  Moment(monotonic: at(seconds), wall: WallTime(secondsSince1970: 1_000_000 + seconds))
}

/// The error of a line that must not be readable, or nil.
func expressionError(_ body: () throws(ExpressionError) -> Void) -> ExpressionError? {
  do throws(ExpressionError) {
    try body()
    return nil
  } catch {
    return error
  }
}

/// A generator that gives the same inputs in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
