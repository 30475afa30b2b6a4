import DataSources
import Facts
import Operations

/// `runbook lint`: what the console makes of a file, before anybody relies on it.
@LoopActor enum RunbookCommands {
  /// Reads a file and tells its steps, command by command.
  /// - Throws: it can't be read.
  static func lint(_ arguments: Arguments) throws(ConsoleFailure) -> ExitCode {
    let path = arguments.words[0]
    let settings = try Opening.configuration(arguments).settings
    let catalog = ActionCatalog.standard.with(settings.actions)
    var library = RunbookLibrary(catalog: catalog)
    let books = library.add(file: path)
    // Where it may lead on to: what can't be read there is not known to be right.
    let places = RunbookFiles.places(settings, Opening.variables())
    let others = RunbookLibrary(places, catalog: catalog)
    let unread = RunbookLibrary.unreadable(places)
    let problems = Set(library.problems + RunbookFiles.problems(of: books, in: others) + unread).sorted()
    for problem in problems { Output.error("\(problem)") }
    let steps = books.flatMap(\.steps)
    for book in books {
      Output.line("\(SafeText(book.id))  \(book.title)  line \(book.line)")
      for step in book.steps { tell(step, catalog) }
    }
    let (known, harmful) = (steps.count { isTaken($0.kind, catalog) }, steps.count { $0.harm != nil })
    Output.line(
      "\(known) recognised, \(steps.count - known) only to copy, \(harmful) would harm or mislead as written"
    )
    guard problems.isEmpty else { return .config }
    if steps.isEmpty { Output.error("switchboard: \(SafeText(path)) has no step: a step is a fenced block") }
    return steps.isEmpty ? .noData : known < steps.count || harmful > 0 ? .warning : .ok
  }

  /// Tells which procedures there are, what is wrong with the others, and the newest runs.
  static func list(_ session: Session) async -> ExitCode {
    let library = RunbookFiles.library(session.options)
    var problems = library.problems
    for (book, script) in library.scripts {
      switch script {
      case .success: Output.line("\(SafeText(book.id))  \(book.title)  \(book.steps.count) steps")
      case .failure(let problem): problems.append(problem)
      }
    }
    for problem in Set(problems).sorted() { Output.error("\(problem)") }
    for id in await session.runs.ids().prefix(20) {
      do throws(FileFailure) {
        guard let events = try await session.runs.events(of: id) else { continue }
        let run = RunbookRun(id: id, events: events)
        let (name, author) = (run.beginning?.runbook ?? "", run.beginning?.author ?? "")
        Output.line("run \(SafeText(id))  \(SafeText(name)) by \(SafeText(author)): \(run.headline)")
      } catch {
        Output.error("switchboard: \(SafeText(error.path)): \(SafeText(error.cause))")
      }
    }
    return problems.isEmpty ? .ok : .config
  }

  private static func tell(_ step: RunbookStep, _ catalog: ActionCatalog) {
    Output.line("  \(step.line)  \(SafeText(oneLine(step.text)))")
    Output.line("      \(isTaken(step.kind, catalog) ? "▸" : "○") \(SafeText(words(of: step.kind, catalog)))")
    if let gate = step.gate { Output.line("      gate \(SafeText(gate))") }
    if let harm = step.harm { Output.line("      ▲ as written: \(harm)") }
  }

  /// Whether the console can take a step, and doesn't only show it.
  private static func isTaken(_ kind: RunbookStep.Kind, _ catalog: ActionCatalog) -> Bool {
    switch kind {
    case .known(.act(let id, _, _)): catalog.descriptor(of: id) != nil
    case .known, .manual, .input, .decide, .escalate: true
    case .copy: false
    }
  }

  private static func words(of kind: RunbookStep.Kind, _ catalog: ActionCatalog) -> String {
    let words = kind.words
    guard case .known = kind, !isTaken(kind, catalog) else { return words }
    return "\(words): no action of this console yet, shown to be copied"
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
