/// A program to run: its arguments as they are, never a shell's line.
public struct ChildCommand: Sendable, Hashable {
  /// The program (a path, or a name to find in PATH) and its arguments.
  public var arguments: [String]
  /// Variables set (or, with nil, taken away) on top of the console's own environment.
  public var environment: [String: String?]
  /// The directory it runs in; nil: the console's own.
  public var directory: String?
  /// What it reads from its standard input; up to 64 KiB.
  public var input: [UInt8]
  /// The time it may take; then its process group gets TERM, and 2 s later KILL.
  public var deadline: Duration
  /// The most bytes kept of its output, and as many of its errors; the rest is read and dropped.
  public var cap: Int
  /// A terminal that the program has to itself, in the console's own process group; nil: it has none.
  ///
  /// Nothing of what it says is kept then, and it may take as long as it likes.
  public var terminal: Int32?
  /// A descriptor that it inherits as number 3; nil: none.
  public var inherited: Int32?

  /// Describes a program to run; 10 s and 1 MiB unless told.
  public init(
    _ arguments: [String],
    environment: [String: String?] = [:],
    directory: String? = nil,
    input: [UInt8] = [],
    deadline: Duration = .seconds(10),
    cap: Int = 1 << 20
  ) {
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.input = input
    self.deadline = deadline
    self.cap = cap
  }
}

/// What came of a program that ended by itself.
public struct ChildResult: Sendable, Hashable {
  /// How a process ends.
  public enum Ending: Sendable, Hashable {
    /// It exited with this status.
    case status(Int)
    /// This POSIX signal killed it.
    case signal(Int)
  }

  /// How it ended.
  public var ending: Ending
  /// What it wrote to its output, up to the cap.
  public var stdout: [UInt8]
  /// What it wrote to its errors, up to the cap.
  public var stderr: [UInt8]
  /// Whether it wrote more than was kept, or left somebody behind who may still write.
  public var isCut: Bool
  /// From the start to the end.
  public var duration: Duration

  /// Whether it exited with status 0.
  public var isSuccess: Bool { ending == .status(0) }

  /// Makes a result; tests do.
  public init(
    ending: Ending,
    stdout: [UInt8] = [],
    stderr: [UInt8] = [],
    isCut: Bool = false,
    duration: Duration = .zero
  ) {
    self.ending = ending
    self.stdout = stdout
    self.stderr = stderr
    self.isCut = isCut
    self.duration = duration
  }
}
