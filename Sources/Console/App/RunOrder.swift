import DataSources
import Facts
import Operations
import Panels

/// What keys ask of the run of a runbook.
enum RunOrder: Hashable, Sendable {
  /// Prepare a run of a procedure, with values that are offered where they are asked for.
  case prepare(RunScript, given: [String: String])
  /// Go on with a run that was left.
  case resume(RunScript, RunbookRun)
  /// Look at what a check, a gate or a decision reads.
  case look(Int)
  /// Read the state of a step in which a console was killed.
  case reread(Int)
  /// Give a value that is asked for.
  case give(Int, String)
  /// Say that a person has done a step, and what.
  case confirm(Int, String)
  /// Leave a step out, and why.
  case skip(Int, String)
  /// Note that a step could not be begun, and why.
  case refuse(Int, String)
  /// Give up the run that is gone through, and why.
  case giveUp(String)
  /// Give up a run that was left, and why.
  case giveUpLeft(RunbookRun, String)
  /// Tell what each step would do now, of a run or of one that hasn't begun; nothing is done.
  case dryRun(RunScript, RunbookRun)
  /// Go away from the run: it can be gone on with, here or elsewhere.
  case leave
}

/// What became of it.
enum RunNews: Sendable {
  /// Where the run stands now.
  case stands(RunModel)
  /// The run can't be gone through, or what was asked could not be written; why.
  case failed(SafeText)
  /// A run that was left is given up.
  case gaveUp(SafeText)
  /// The previews of the acts of a run's steps, or why there is none now.
  case previewed(RunScript, RunbookRun, [Int: Result<Plan, Refusal>])
}
