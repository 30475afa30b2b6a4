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
