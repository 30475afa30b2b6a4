import Facts
import Operations
import Testing

@Suite struct WriteModeTests {
  private let start = MonotonicTime(nanoseconds: 0)

  @Test func productionStartsReadOnlyAndCanBeLifted() throws {
    var mode = WriteMode(.production)
    #expect(!mode.isWritable(at: start))
    #expect(mode.label(at: start) == "read-only")
    try mode.lift(for: .seconds(600), reason: "queue is stuck", now: start)
    #expect(mode.label(at: start + .seconds(19)) == "write 9:41")
    #expect(mode.isWritable(at: start + .seconds(599)))
    #expect(!mode.isWritable(at: start + .seconds(600)))
  }

  @Test func aLiftNeedsAReasonAndAtMostAnHour() {
    var mode = WriteMode(.production)
    #expect(throws: WriteMode.LiftError.noReason) {
      try mode.lift(for: .seconds(60), reason: "  ", now: start)
    }
    #expect(throws: WriteMode.LiftError.badDuration) {
      try mode.lift(for: .seconds(3_601), reason: "why", now: start)
    }
    #expect(!mode.isWritable(at: start))
  }

  @Test func forcedReadOnlyCanNotBeLifted() {
    var mode = WriteMode(.forced(why: "--read-only"))
    #expect(throws: WriteMode.LiftError.forced(why: "--read-only")) {
      try mode.lift(for: .seconds(60), reason: "why", now: start)
    }
    #expect(mode.refusal(at: start) == .readOnly(why: "--read-only", canLift: false))
  }
}
