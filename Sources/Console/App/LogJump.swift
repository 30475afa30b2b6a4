import DataSources
import Facts
import Panels

/// `@` in the logs: to the lines of a time.
enum LogJump {
  private static let help: SafeText = "10:42, 2h (ago), or an instant with its zone: 2026-11-28T05:00:00Z"

  /// Asks for the time.
  static func open(_ state: inout AppState) {
    guard state.logs?.selection.serials.isEmpty == false else {
      return state.say("no line is told yet", .warn)
    }
    state.message = nil
    state.promptPurpose = .logTime
    state.prompt = PromptModel(lead: "@ ", text: "", note: help)
  }

  /// What was wrong is typed anew.
  static func edited(_ state: inout AppState) {
    state.prompt?.note = help
    state.prompt?.fault = nil
  }

  /// Goes to the first line of that time or behind it, or says what is wrong with it.
  static func enter(_ state: inout AppState, _ text: String) {
    let time: WallTime
    do throws(ExpressionError) {
      time = try Self.time(text, at: state.shownMoment.wall, state.clock)
    } catch {
      let offset = min(error.offset, text.utf8.count)
      state.prompt?.fault = String(decoding: text.utf8.prefix(offset), as: UTF8.self).count
      state.prompt?.note = SafeText("\(error.message); it takes \(help)", limit: 200)
      return
    }
    PromptKeys.close(&state)
    guard let logs = state.logs, !logs.selection.serials.isEmpty else {
      return state.say("no line is told any more", .warn)
    }
    let index = logs.selection.index(at: time, in: logs.archive)
    let last = logs.selection.serials.count - 1
    let items = state.activeItems
    state.locals[.logs, default: PanelLocal()].select(min(index, last), in: items, stays: true)
    if let words = self.words(time, index, logs, state) { state.say(words, .warn) }
  }

  /// What is to be said of a time at which there may be more, or nothing.
  private static func words(
    _ time: WallTime,
    _ index: Int,
    _ logs: LogsSnapshot,
    _ state: AppState
  ) -> SafeText? {
    let context = state.context
    let selection = logs.selection
    func shown(_ time: WallTime) -> String {
      context.clock.text(time, seenAt: context.now.wall, hasSeconds: true)
    }
    if let whole = selection.wholeSince, time < whole {
      return "\(SafeText(shown(time))) is before what is kept: whole since \(SafeText(shown(whole)))"
    }
    if index == selection.serials.count { return "no line of these is as late as \(SafeText(shown(time)))" }
    guard index == 0, let first = logs.archive.lines(selection.serials.prefix(1)).first, time < first.time
    else {
      return nil
    }
    return "the first of these lines is of \(SafeText(shown(first.time)))"
  }

  /// The instant that a text means: a time of day is the last one that was, by the clock of the screen.
  static func time(_ text: String, at now: WallTime, _ clock: PanelClock) throws(ExpressionError) -> WallTime
  {
    guard let wanted = secondOfDay(text) else { return try LogStart(parsing: text).time(at: now) }
    let whole = WallTime(secondsSince1970: now.secondsSince1970.rounded(.down))
    guard let present = secondOfDay(clock(whole)) else {
      throw ExpressionError("a time ago, 2h: this clock tells no time of day", at: 0)
    }
    let ago = ((present - wanted) % 86_400 + 86_400) % 86_400
    let time = whole - .seconds(ago)
    // Between the two the clock may have been put forward or back.
    let off = (secondOfDay(clock(time)) ?? wanted) - wanted
    return off == 0 || abs(off) > 7_200 ? time : time - .seconds(off)
  }

  /// `10:42`, `10:42:05`; nil if it is no time of day.
  private static func secondOfDay(_ text: String) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      (1...2).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        ? Int(part) : nil
    }
    guard (2...3).contains(parts.count), numbers.count == parts.count, numbers[0] < 24,
      numbers.dropFirst().allSatisfy({ $0 < 60 })
    else { return nil }
    return numbers[0] * 3_600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
  }
}
