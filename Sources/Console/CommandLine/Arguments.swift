internal import CGetopt
import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The command line, parsed.
struct Arguments: Equatable {
  /// The command; `.screen` when none is named.
  var command = CommandEntry.Name.screen
  /// The options given, with their arguments (empty for those that take none).
  var options: [OptionEntry.Name: String] = [:]
  /// The words after the command.
  var words: [String] = []
  /// The first word of several commands whose help was asked for; nil: one command's, or the program's.
  var helpGroup: String?

  /// Whether an option was given.
  func has(_ name: OptionEntry.Name) -> Bool { options[name] != nil }

  /// Makes arguments by hand; tests do.
  init() {}

  /// Parses what follows the program's name.
  /// - Throws: ``UsageFailure`` for unknown options and commands, missing and surplus arguments.
  init(parsing arguments: [String]) throws(UsageFailure) {
    let rest = try readOptions(arguments)
    try readCommand(rest)
    guard !has(.help), !has(.version) else { return }
    try checkOptions()
  }

  private mutating func readOptions(_ arguments: [String]) throws(UsageFailure) -> [String] {
    var vector = (["switchboard"] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in vector { free(pointer) } }
    let entries = OptionEntry.all
    let names = entries.map { strdup($0.name.rawValue) }
    defer { for pointer in names { free(pointer) } }
    var table = entries.indices.map { index in
      option(
        name: UnsafePointer(names[index]),
        has_arg: entries[index].argument == nil ? 0 : 1,
        flag: nil,
        val: Int32(256 + index)
      )
    }
    table.append(option())
    // The colon in front tells a missing argument from an unknown option.
    let letters =
      ":"
      + entries.compactMap { entry in
        entry.letter.map { "\($0)\(entry.argument == nil ? "" : ":")" }
      }.joined()
    cgetopt_reset()
    let count = Int32(vector.count - 1)
    while true {
      let before = max(1, Int(cgetopt_index()))
      let code = vector.withUnsafeMutableBufferPointer {
        cgetopt_next(count, $0.baseAddress, letters, table)
      }
      guard code != -1 else { break }
      let word = vector.indices.contains(before) ? vector[before].map { String(cString: $0) } ?? "" : ""
      if code == Int32(UInt8(ascii: "?")) {
        throw UsageFailure(Self.unknown(vector, fallback: word))
      }
      if code == Int32(UInt8(ascii: ":")) {
        let entry = entry(of: cgetopt_offender(), entries)
        let given = entry.map { "--\($0.name.rawValue)" } ?? word
        let example = entry?.argument.map { ", such as \(given) \($0)" } ?? ""
        throw UsageFailure("option \(given) needs an argument\(example)")
      }
      guard let entry = entry(of: code, entries) else { continue }
      options[entry.name] = cgetopt_argument().map { String(cString: $0) } ?? ""
    }
    let first = Int(cgetopt_index())
    return vector[first..<Int(count)].compactMap { $0.map { String(cString: $0) } }
  }

  /// The option of a value that getopt returned: the letter, or 256 and its place in the table.
  private func entry(of code: Int32, _ entries: [OptionEntry]) -> OptionEntry? {
    guard code < 256 else {
      return entries.indices.contains(Int(code) - 256) ? entries[Int(code) - 256] : nil
    }
    return entries.first { $0.letter?.asciiValue.map(Int32.init) == code }
  }

  private mutating func readCommand(_ rest: [String]) throws(UsageFailure) {
    guard let first = rest.first else { return }
    if first == "help" {
      options[.help] = ""
      return try readCommand(Array(rest.dropFirst()))
    }
    for length in [2, 1] where rest.count >= length {
      let name = rest[..<length].joined(separator: " ")
      let command = CommandEntry.Name(rawValue: name)
      guard command != .screen, CommandEntry.entry(command) != nil else { continue }
      self.command = command
      words = Array(rest[length...])
      return
    }
    let nested = CommandEntry.group(first).map(\.name.rawValue)
    if !nested.isEmpty {
      if has(.help), rest.count == 1 {
        helpGroup = first
        return
      }
      let list = nested.joined(separator: ", ")
      let typed = rest.prefix(2).joined(separator: " ")
      let hint = rest.count > 1 ? DidYouMean.clause(typed, among: nested) : ""
      throw UsageFailure(
        hint.isEmpty ? "\(first) needs one of: \(list)" : "unknown command \(SafeText(typed))\(hint)"
      )
    }
    let names = CommandEntry.Name.allCases.map(\.rawValue).filter { !$0.isEmpty }
    let hint = DidYouMean.clause(first, among: names)
    throw UsageFailure(
      "unknown command \(SafeText(first))\(hint.isEmpty ? "; see switchboard --help" : hint)"
    )
  }

  private func checkOptions() throws(UsageFailure) {
    guard let entry = CommandEntry.entry(command) else { return }
    let title = command == .screen ? "the console" : command.rawValue
    let allowed = CommandEntry.commonOptions + entry.options
    for name in OptionEntry.Name.allCases where has(name) && !allowed.contains(name) {
      throw UsageFailure("\(title) takes no --\(name.rawValue)")
    }
    if has(.all) {
      guard words.isEmpty else { throw UsageFailure("\(title) takes either names or --all") }
      return
    }
    guard entry.count.contains(words.count) else {
      if words.count < entry.count.lowerBound {
        throw UsageFailure(
          "\(title) needs \(entry.arguments): switchboard \(title) \(entry.arguments)"
        )
      }
      throw UsageFailure("\(title) doesn't take \(SafeText(words[entry.count.upperBound]))")
    }
  }

  /// What getopt stumbled over: a letter within a word, or the long option before its place.
  ///
  /// It puts operands behind options as it goes, so the place where it stood before tells nothing.
  private static func unknown(_ vector: [UnsafeMutablePointer<CChar>?], fallback: String) -> String {
    let letter = cgetopt_offender()
    let index = Int(cgetopt_index()) - 1
    let passed = vector.indices.contains(index) ? vector[index].map { String(cString: $0) } : nil
    var word = passed ?? fallback
    if let byte = UInt8(exactly: letter), byte > 0 { word = "-\(Character(Unicode.Scalar(byte)))" }
    let typed = String(word.prefix { $0 != "=" })
    let names = OptionEntry.all.map { "--\($0.name.rawValue)" }
    let begun = typed.count > 4 ? names.first { $0.hasPrefix(typed.prefix(5)) } : nil
    let hint = begun.map { "; did you mean '\($0)'?" } ?? DidYouMean.clause(typed, among: names)
    return "unknown option \(SafeText(word))\(hint.isEmpty ? "; see switchboard --help" : hint)"
  }

  /// The time that an option was given; nil without the option.
  /// - Throws: `usage` if it is none.
  func duration(_ option: OptionEntry.Name) throws(ConsoleFailure) -> Duration? {
    guard let text = options[option] else { return nil }
    do throws(ExpressionError) {
      return try Duration(parsing: text)
    } catch {
      throw ConsoleFailure(
        message: "switchboard: --\(option.rawValue) takes a time such as 90s or 5m",
        code: .usage
      )
    }
  }
}
