internal import DataSources
internal import Facts
internal import Operations

/// One line of the runbooks' view: a run that was left open, a procedure, or what can't be read.
enum RunbookRow: Sendable {
  /// A run that can be gone on with, and what it goes through; nil: its runbook is another one by now.
  case open(RunbookRun, RunScript?)
  /// A procedure and its last run.
  case book(RunbooksSnapshot.Entry, last: RunbookRun?)
  /// What is wrong with a file.
  case problem(String)
  /// A run of which nothing can be told.
  case unreadable(RunbooksSnapshot.Unreadable)

  /// The id of a run's row.
  static func id(ofRun id: String) -> String { "run \(id)" }

  /// The id of a procedure's row.
  static func id(of runbook: Runbook) -> String { "book \(runbook.file) \(runbook.id)" }

  /// Unique, and the same from poll to poll.
  var id: String {
    switch self {
    case .open(let run, _): Self.id(ofRun: run.id)
    case .book(let entry, _): Self.id(of: entry.runbook)
    case .problem(let words): "problem \(words)"
    case .unreadable(let run): "unreadable \(run.id)"
    }
  }

  /// The procedure's name, or what stands in its place.
  var title: SafeText {
    switch self {
    case .open(let run, let script):
      script?.runbook.title ?? SafeText(run.beginning?.runbook ?? run.id)
    case .book(let entry, _): entry.runbook.title
    case .problem(let words): "can't be read: \(Self.file(of: words))"
    case .unreadable(let run): "run \(SafeText(run.id))"
    }
  }

  /// The last part of the path that stands before a problem's place.
  private static func file(of words: String) -> SafeText {
    SafeText(String(words.prefix { $0 != ":" }.split(separator: "/").last ?? ""))
  }

  /// The name by which `switchboard runbook run NAME` knows it: what is copied.
  var name: String {
    switch self {
    case .open(let run, _): run.id
    case .book(let entry, _): entry.runbook.id
    case .problem(let words): words
    case .unreadable(let run): run.id
    }
  }

  /// How bad it is.
  var state: FactState {
    switch self {
    case .open: .warn
    case .book(let entry, _): entry.problem == nil ? .ok : .error
    case .problem, .unreadable: .error
    }
  }

  var glyph: StyledText {
    switch self {
    // The mark of the row that is selected stands before it: another one tells them apart.
    case .open: StyledText(glyphOf: .warn)
    case .book(let entry, let last) where entry.problem == nil:
      last.map { RunbookWords.glyph($0.outcome) } ?? StyledText(" ")
    case .book, .problem, .unreadable: StyledText(glyphOf: .error)
    }
  }

  /// What it is for, or why it can't be taken.
  func purpose(_ context: PanelContext) -> StyledText {
    switch self {
    case .open(let run, let script):
      guard script != nil else {
        return StyledText("its runbook has changed since: it can only be given up", .state(.warn))
      }
      return StyledText(RunbookWords.standing(run, script, context), Style.state(.warn).bold)
    case .book(let entry, _):
      if let problem = entry.problem {
        return StyledText(SafeText("\(problem)", limit: 400), .state(.error))
      }
      let about = entry.runbook.about.first ?? entry.runbook.steps.first?.title ?? ""
      return StyledText(about, .muted)
    case .problem(let words): return StyledText(SafeText(words, limit: 400), .state(.error))
    case .unreadable(let run): return StyledText("its journal can't be read: \(run.cause)", .state(.error))
    }
  }
}

/// How runs of runbooks are told in a line.
enum RunbookWords {
  /// `open at step 4, by anna, 12m ago: Enter goes on`.
  static func standing(_ run: RunbookRun, _ script: RunScript?, _ context: PanelContext) -> SafeText {
    let step = SafeText(run.number(of: run.standing.step ?? 0, in: script))
    let author = SafeText(run.beginning?.author ?? "")
    return "open at step \(step), by \(author), \(age(run.changedAt, context)): Enter goes on"
  }

  /// `✓ passed 12m ago, anna, 48s`.
  static func last(_ run: RunbookRun, _ context: PanelContext) -> StyledText {
    let author = SafeText(run.beginning?.author ?? "")
    guard run.standing == .over else {
      return StyledText(SafeText(glyph: Glyph.current), .accent)
        .then(" open \(age(run.changedAt, context)), \(author)", .state(.warn))
    }
    var line = glyph(run.outcome).then(" ")
    line.append(run.givenUp == nil ? SafeText(run.outcome.word) : "given up", style(run.outcome))
    line.append(" \(age(run.changedAt, context)), \(author)", .muted)
    if let begun = run.begunAt, let ended = run.changedAt {
      let taken = max(0, ended.secondsSince1970 - begun.secondsSince1970)
      line.append(", \(SafeText(Format.duration(.seconds(taken))))", .muted)
    }
    return line
  }

  private static func age(_ time: WallTime?, _ context: PanelContext) -> SafeText {
    guard let time else { return "" }
    let seconds = context.now.wall.secondsSince1970 - time.secondsSince1970
    // A clock that was set back tells no age.
    return seconds < 0 ? context.time(time) : "\(SafeText(Format.age(.seconds(seconds)))) ago"
  }

  /// The glyph of an outcome: ✓ is earned by what holds alone.
  static func glyph(_ outcome: StepOutcome) -> StyledText {
    StyledText(SafeText(outcome.glyph), style(outcome))
  }

  static func style(_ outcome: StepOutcome) -> Style {
    switch outcome {
    case .passed: .state(.ok)
    case .shown, .byHand, .skipped: .muted
    case .unproven: .state(.warn)
    case .failed: .state(.crit)
    case .unknown: .state(.error)
    }
  }
}
