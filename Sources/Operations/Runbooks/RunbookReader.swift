public import DataSources
internal import Facts

/// Reads the procedures of a Markdown file: the console's own runbooks, and plain ones as teams have them.
///
/// Every fenced block becomes steps. Its info string may say in braces what it is
/// (`sh {gate="probe.postgres.postgres is ok"}`); without braces its commands are recognised.
public struct RunbookReader {
  /// The procedures, in the order of the file.
  public private(set) var runbooks: [Runbook] = []
  /// What is wrong with the file, and where; the rest is read all the same.
  public private(set) var problems: [ConfigurationProblem] = []

  private let file: String
  private let name: String
  private let commands = CommandReader()
  private let catalog: ActionCatalog

  /// The languages whose blocks hold commands; a block without one holds them too.
  private static let shells: Set<String> = ["", "sh", "bash", "shell", "console", "zsh"]

  /// Reads a file's text; `name` is its name without the ending, and of `catalog` are the actions that it may name.
  public init(parsing text: String, file: String, name: String, catalog: ActionCatalog = .standard) {
    self.catalog = catalog
    self.file = file
    self.name = name
    let matter = FrontMatter(parsing: text)
    for problem in matter.problems { report(problem.message, problem.line) }
    let document = MarkdownDocument(parsing: matter.rest)
    if let line = document.openFence { report("the fence that begins here is never closed", line) }
    var section: Section?
    var path: [(level: Int, title: SafeText)] = []
    for block in document.blocks {
      switch block.kind {
      case .heading(let level):
        close(section, before: block.line)
        path.removeAll { $0.level >= level }
        section = Section(title: SafeText(block.text), line: block.line, path: path.map(\.title))
        path.append((level, SafeText(block.text)))
      case .paragraph:
        var open = section ?? Section(title: SafeText(name), line: 1, path: [])
        open.notes.append(SafeText(block.text, limit: 2_000))
        section = open
      case .code(let info):
        var open = section ?? Section(title: SafeText(name), line: 1, path: [])
        // What stands before the first step's own text is about the whole.
        let notes = open.steps.isEmpty ? open.notes.suffix(1) : open.notes[...]
        let steps = steps(of: block, info, Array(notes))
        if !steps.isEmpty {
          if open.steps.isEmpty { open.about = open.notes.dropLast() }
          open.notes = []
        }
        open.steps += steps
        section = open
      }
    }
    close(section)
    for (subject, procedure) in matter.subjects {
      let index = runbooks.firstIndex { book in procedure.map { book.id.hasSuffix("/\($0)") } ?? true }
      guard let index else {
        report("no procedure of this file ends in `\(procedure ?? "")`", 1)
        continue
      }
      runbooks[index].subjects.append(subject)
    }
  }

  private struct Section {
    var title: SafeText
    var line: Int
    var path: [SafeText]
    var about: [SafeText] = []
    var notes: [SafeText] = []
    var steps: [RunbookStep] = []

    init(title: SafeText, line: Int, path: [SafeText]) {
      self.title = title
      self.line = line
      self.path = path
    }

    /// A container keeps the variables that it was made with: restarted after one was set, it has the old value.
    mutating func noteRestartsThatChangeNothing() {
      var isSet = false
      for (index, step) in steps.enumerated() {
        switch step.kind {
        case .known(.assign): isSet = true
        case .known(.act("service.restart", _, _)) where isSet && step.text.contains("docker"):
          steps[index].harm = "a restart keeps the old values: only recreating it brings those of the file"
        case .known, .manual, .input, .decide, .escalate, .copy: continue
        }
      }
    }
  }

  /// Ends a section before the heading of that line; nil: with the file.
  private mutating func close(_ section: Section?, before end: Int? = nil) {
    guard var section, !section.steps.isEmpty else { return }
    let own = section.line..<(end ?? .max)
    section.noteRestartsThatChangeNothing()
    let slug = Self.slug(section.title.string)
    var id = runbooks.isEmpty && section.path.isEmpty ? name : "\(name)/\(slug)"
    // Two headings of one file may read alike.
    var number = 2
    while runbooks.contains(where: { $0.id == id }) {
      id = "\(name)/\(slug)-\(number)"
      number += 1
    }
    runbooks.append(
      Runbook(
        id: id,
        title: section.title,
        file: file,
        line: section.line,
        path: section.path,
        about: section.about,
        steps: section.steps,
        problem: problems.first { own.contains($0.location.line) }
      )
    )
  }

  private mutating func steps(of block: MarkdownBlock, _ info: String, _ notes: [SafeText]) -> [RunbookStep] {
    let brace = info.firstIndex(of: "{") ?? info.endIndex
    let language = info[..<brace].split(separator: " ").first.map { $0.lowercased() } ?? ""
    var marks: StepMarks?
    if brace < info.endIndex {
      do throws(StepMarks.Problem) {
        marks = try StepMarks(parsing: String(info[brace...]), catalog)
      } catch {
        report(error.message, block.line)
        return [step(.copy, block.text, notes, line: block.line)]
      }
    }
    if let marks, let kind = marks.kind {
      var marked = step(kind, block.text, notes, line: block.line)
      marked.gate = marks.gate
      return [marked]
    }
    var found: [RunbookStep]
    switch language {
    case "promql":
      found = steps(of: block, notes) { Recognition(.metric($0), harm: CurlCommand.harm(ofMetric: $0)) }
    case "sql": found = [recognised(ToolCommands.query(block.text), block.text, notes, line: block.line)]
    case _ where Self.shells.contains(language): found = steps(of: block, notes, read: commands.read)
    default: found = [step(.copy, block.text, notes, line: block.line)]
    }
    if let gate = marks?.gate {
      // A block without a command is its gate alone.
      guard !found.isEmpty else { return [step(.known(.gate(gate)), block.text, notes, line: block.line)] }
      found[found.count - 1].gate = gate
    }
    return found
  }

  /// A step a command, each read by `read`.
  private func steps(
    of block: MarkdownBlock,
    _ notes: [SafeText],
    read: (String) -> Recognition?
  ) -> [RunbookStep] {
    ShellLine.commands(of: block.text).map { command in
      let line = block.line + 1 + command.line
      var step = recognised(read(command.text), command.text, notes, line: line)
      if !command.comment.isEmpty { step.title = SafeText(command.comment, limit: 200) }
      return step
    }
  }

  private func recognised(
    _ recognition: Recognition?,
    _ text: String,
    _ notes: [SafeText],
    line: Int
  ) -> RunbookStep {
    var step = step(recognition.map { .known($0.command) } ?? .copy, text, notes, line: line)
    step.harm = recognition?.harm.map { SafeText($0) }
    return step
  }

  private func step(
    _ kind: RunbookStep.Kind,
    _ text: String,
    _ notes: [SafeText],
    line: Int
  ) -> RunbookStep {
    RunbookStep(
      title: notes.last ?? SafeText(text.prefix { !$0.isNewline }.description, limit: 200),
      note: notes,
      text: text,
      kind: kind,
      line: line
    )
  }

  private mutating func report(_ message: String, _ line: Int) {
    problems.append(ConfigurationProblem(message, at: Location(file: file, line: line, column: 1)))
  }

  private static func slug(_ title: String) -> String {
    title.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "-")
  }
}
