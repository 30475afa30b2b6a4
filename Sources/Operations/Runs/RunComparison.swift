internal import Facts

/// What differs between an execution that failed and one of the same scenario that was well.
struct RunComparison {
  let failed: ExecutionDetail
  let good: ExecutionDetail

  /// Whether an execution crashed or a result of it was failed automatically: "completed" is no verdict.
  static func hasFailed(_ execution: ExecutionDetail) -> Bool {
    execution.error != nil || ["failed", "partial", "error"].contains(execution.status.string.lowercased())
      || execution.steps.contains { step in
        step.error != nil || step.validations.contains { $0.reviewStatus == "auto_fail" }
      }
  }

  /// What is said of one whose scenario was never seen well.
  static func withoutGood(_ execution: ExecutionDetail) -> [SafeText] {
    [head(execution), "  no execution of this scenario before it was well"]
  }

  private static func head(_ execution: ExecutionDetail) -> SafeText {
    let time = SafeText(Format.timestamp(execution.createdAt))
    return "\(execution.scenario ?? "no scenario")  \(execution.status) \(time)  \(SafeText(execution.id))"
  }

  /// Which execution, against which, and what differs: of each step what was said, heard, answered and judged.
  var lines: [SafeText] {
    let age = failed.createdAt.secondsSince1970 - good.createdAt.secondsSince1970
    // A time may be infinite.
    let before =
      age.isFinite ? "\(Format.duration(.seconds(min(max(0, age), 1e9)))) before" : "at a time that is none"
    var lines = [Self.head(failed), "  against \(SafeText(good.id)), well \(SafeText(before))"]
    lines += Self.difference("error", failed.error, good.error, indent: 2)
    lines += Self.times("took", failed.duration, good.duration, indent: 2)
    let orders = Set((failed.steps + good.steps).map(\.order)).sorted()
    for order in orders { lines += step(order) }
    if lines.count == 2 { lines.append("  nothing that is recorded differs") }
    return lines
  }

  private func step(_ order: Int) -> [SafeText] {
    let (now, was) = (failed.steps.first { $0.order == order }, good.steps.first { $0.order == order })
    guard let now else { return ["  step \(SafeText("\(order)"))  was not reached"] }
    guard let was else { return ["  step \(SafeText("\(order)"))  is new"] }
    var found = Self.difference("said", now.utterance, was.utterance)
    found += Self.difference("heard", now.transcription, was.transcription)
    found += Self.difference("answer", now.response, was.response)
    found += Self.difference("kind", now.commandKind, was.commandKind)
    found += Self.times("took", now.responseTime, was.responseTime)
    found += Self.difference("error", now.error, was.error)
    found += judged(now, was)
    guard !found.isEmpty else { return ["  step \(SafeText("\(order)"))  the same"] }
    return ["  step \(SafeText("\(order)"))"] + found
  }

  private func judged(_ now: StepDetail, _ was: StepDetail) -> [SafeText] {
    var found: [SafeText] = []
    let languages = Set((now.validations + was.validations).map { $0.language?.string ?? "" }).sorted()
    for language in languages {
      let mine = now.validations.last { $0.language?.string ?? "" == language }
      let its = was.validations.last { $0.language?.string ?? "" == language }
      let suffix = languages.count > 1 && !language.isEmpty ? " \(language)" : ""
      func score(_ result: ValidationDetail?) -> SafeText? {
        result?.score.map { SafeText(Format.score($0)) }
      }
      found += Self.difference("verdict\(suffix)", mine?.reviewStatus, its?.reviewStatus)
      found += Self.difference("score\(suffix)", score(mine), score(its))
      found += Self.difference("reason\(suffix)", mine?.errors.first, its?.errors.first)
    }
    return found
  }

  /// Two lines where two texts differ, none where they are the same.
  private static func difference(
    _ label: String,
    _ now: SafeText?,
    _ was: SafeText?,
    indent: Int = 4
  ) -> [SafeText] {
    guard now != was else { return [] }
    let padding = String(repeating: " ", count: max(1, 9 - label.count))
    let margin = String(repeating: " ", count: indent)
    let rest = String(repeating: " ", count: label.count)
    return [
      "\(SafeText("\(margin)\(label)\(padding)"))now  \(now ?? "–")",
      "\(SafeText("\(margin)\(rest)\(padding)"))was  \(was ?? "–")",
    ]
  }

  /// A time is another where it is half as long again and half a second more: no two are the same.
  private static func times(
    _ label: String,
    _ now: Duration?,
    _ was: Duration?,
    indent: Int = 4
  ) -> [SafeText] {
    if let now, let was {
      let (long, short) = (max(now, was), min(now, was))
      guard long >= short * 3 / 2, long - short >= .milliseconds(500) else { return [] }
    }
    return difference(
      label,
      now.map { SafeText(Format.latency($0)) },
      was.map { SafeText(Format.latency($0)) },
      indent: indent
    )
  }
}
