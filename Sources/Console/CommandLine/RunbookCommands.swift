import DataSources
import Facts
import Operations

/// `runbook lint`: what the console makes of a file, before anybody relies on it.
@LoopActor enum RunbookCommands {
  /// Reads a file and tells its steps, command by command.
  /// - Throws: it can't be read.
  static func lint(_ arguments: Arguments) throws(ConsoleFailure) -> ExitCode {
    let path = arguments.words[0]
    let bytes: [UInt8]
    do {
      bytes = try LocalFile.read(path).bytes
    } catch {
      throw ConsoleFailure(message: "switchboard: \(SafeText(path)): \(error.message)", code: .config)
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let reader = RunbookReader(
      parsing: String(decoding: bytes, as: UTF8.self),
      file: path,
      name: name.hasSuffix(".md") ? String(name.dropLast(3)) : name
    )
    for problem in reader.problems { Output.error("\(problem)") }
    let steps = reader.runbooks.flatMap(\.steps)
    for book in reader.runbooks {
      Output.line("\(SafeText(book.id))  \(book.title)  line \(book.line)")
      for step in book.steps { tell(step) }
    }
    let (known, harmful) = (steps.count { isTaken($0.kind) }, steps.count { $0.harm != nil })
    Output.line(
      "\(known) recognised, \(steps.count - known) only to copy, \(harmful) would harm or mislead as written"
    )
    guard reader.problems.isEmpty else { return .config }
    if steps.isEmpty { Output.error("switchboard: \(SafeText(path)) has no step: a step is a fenced block") }
    return steps.isEmpty ? .noData : known < steps.count ? .warning : .ok
  }

  private static func tell(_ step: RunbookStep) {
    Output.line("  \(step.line)  \(SafeText(oneLine(step.text)))")
    Output.line("      \(isTaken(step.kind) ? "▸" : "○") \(SafeText(words(of: step.kind)))")
    if let gate = step.gate { Output.line("      gate \(SafeText(gate))") }
    if let harm = step.harm { Output.line("      ▲ as written: \(harm)") }
  }

  /// Whether the console can take a step, and doesn't only show it.
  private static func isTaken(_ kind: RunbookStep.Kind) -> Bool {
    switch kind {
    case .known(.act(let id, _, _)): ActionCatalog.standard.descriptor(of: id) != nil
    case .known, .manual, .input, .decide, .escalate: true
    case .copy: false
    }
  }

  private static func words(of kind: RunbookStep.Kind) -> String {
    switch kind {
    case .known(let command):
      command.words + (isTaken(kind) ? "" : ": no action of this console yet, shown to be copied")
    case .manual: "by hand"
    case .input(let name): "asks for \(name)"
    case .decide(let branches):
      "goes on: " + branches.map { "\($0.condition) -> \($0.target)" }.joined(separator: "; ")
    case .escalate(let severity): "escalate \(severity)"
    case .copy: "not recognised: shown to be copied, never run"
    }
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
