public import DataSources
public import Facts

/// A procedure that people read and the console runs: one heading of a Markdown file with what stands below it.
public struct Runbook: Sendable, Hashable {
  /// The name by which it is called: of its file, with the heading's behind it where the file has several.
  public var id: String
  /// The heading.
  public var title: SafeText
  /// The file.
  public var file: String
  /// The line of the heading, from 1.
  public var line: Int
  /// The headings that it stands below, outermost first.
  public var path: [SafeText]
  /// What stands before the first step.
  public var about: [SafeText]
  /// What it says that it is for; empty: nothing.
  public var subjects: [RunbookSubject] = []
  /// The steps, in order; never empty.
  public var steps: [RunbookStep]
  /// The first thing that is wrong with it: it can be read, and not be run; nil if nothing is.
  public var problem: ConfigurationProblem?
}

/// One step of a runbook.
public struct RunbookStep: Sendable, Hashable {
  /// What it is to do.
  public enum Kind: Sendable, Hashable {
    /// Something that the console does or looks at.
    case known(RecognisedCommand)
    /// Something that a person does, and says so.
    case manual
    /// A value that later steps use by that name.
    case input(String)
    /// The way goes on at the first branch whose condition holds.
    case decide([Branch])
    /// Somebody else is told; the severity.
    case escalate(String)
    /// Not known: shown to be copied, never run.
    case copy
  }

  /// A branch of a decision.
  public struct Branch: Sendable, Hashable {
    /// What must hold, in the language of rules.
    public var condition: String
    /// The id or the heading of the runbook, or the number of the step, at which it goes on.
    public var target: String
  }

  /// What it is called: the comment above the command, else the text above it.
  public var title: SafeText
  /// The text that explains it.
  public var note: [SafeText]
  /// What stands in the file, exactly.
  public var text: String
  /// What it is to do.
  public var kind: Kind
  /// What the command would harm, or get wrong, run as it is written; nil if nothing.
  public var harm: SafeText?
  /// What must hold after it, as a gate; nil: what proves the action by itself.
  public var gate: String?
  /// The line in the file, from 1.
  public var line: Int
}

extension RunbookStep.Kind {
  /// What a step does, in a line.
  public var words: String {
    switch self {
    case .known(let command): command.words
    case .manual: "by hand"
    case .input(let name): "asks for \(name)"
    case .decide(let branches):
      "goes on: " + branches.map { "\($0.condition) -> \($0.target)" }.joined(separator: "; ")
    case .escalate(let severity): "escalate \(severity)"
    case .copy: "not recognised: shown to be copied, never run"
    }
  }
}
