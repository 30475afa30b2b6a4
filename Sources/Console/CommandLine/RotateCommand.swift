import DataSources
import Facts
import Operations

/// `rotate`: new values for a credential, from the terminal, a file or a program, and the ways of one that is open.
@LoopActor struct RotateCommand {
  private let session: Session
  private let arguments: Arguments
  private var credentials: CredentialServices { session.credentials }

  /// Takes an open session that doesn't poll yet.
  init(_ session: Session, _ arguments: Arguments) {
    self.session = session
    self.arguments = arguments
  }

  /// Whether an action is done by this command, and has none of its own.
  nonisolated static func takes(_ action: ActionDescriptor) -> Bool {
    action.id.name.hasPrefix("credentials.")
  }

  /// Runs to the verdict; its exit code.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let ways: [(name: OptionEntry.Name, isMeant: Bool, action: ActionID)] = [
      (.resume, arguments.has(.resume), ResumeRotation.descriptor.id),
      (.rollback, arguments.has(.rollback), RollBackRotation.descriptor.id),
      (.revoked, arguments.has(.revoked), NoteRevocation.descriptor.id),
    ]
    let chosen = ways.filter(\.isMeant)
    let hasSource = arguments.has(.fromFile) || arguments.has(.fromCommand)
    guard chosen.count <= 1, chosen.isEmpty || !hasSource else {
      throw usage("rotate takes one of --resume, --rollback and --revoked, and no new values with it")
    }
    if let (way, _, id) = chosen.first {
      guard arguments.words.count <= (way == .revoked ? 1 : 0) else {
        throw usage("rotate --\(way.rawValue) doesn't take \(SafeText(arguments.words[0]))")
      }
      guard let action = session.catalog.descriptor(of: id) else { return .internalError }
      return try await ActCommand(session, arguments, action).run()
    }
    let (words, program) = try split()
    guard !words.isEmpty else {
      let names = credentials.settings.map(\.name).joined(separator: ", ")
      throw usage("rotate needs NAME: \(names.isEmpty ? "the configuration has none" : names), or a variable")
    }
    do throws(ConsoleFailure) {
      try await take(words, program)
      guard !credentials.givenNames.isEmpty else {
        throw refused("no new value was given: nothing was done")
      }
    } catch {
      if arguments.has(.json), error.code == .refused {
        let record = ActRecord(RotateCredentials.request(of: words), in: session.options.environment.name)
        Output.line(record.refused(SafeText(error.reason, limit: 400)).text)
      }
      throw error
    }
    let request = RotateCredentials.request(of: credentials.givenNames)
    let command = ActCommand(session, arguments, RotateCredentials.descriptor, request: request)
    return try await command.run()
  }

  /// The names, and with `--from-command` the program behind them.
  private func split() throws(ConsoleFailure) -> (words: [String], program: [String]) {
    guard arguments.has(.fromCommand) else {
      return (arguments.words.flatMap { $0.split(separator: ",").map(String.init) }, [])
    }
    guard !arguments.has(.fromFile) else { throw usage("rotate takes --from-file or --from-command") }
    let known = Set(credentials.settings.flatMap { [$0.name] + $0.variables })
    let words = Array(arguments.words.prefix { known.contains($0) })
    let program = Array(arguments.words.dropFirst(words.count))
    guard !words.isEmpty, !program.isEmpty else {
      throw usage("it is: switchboard rotate NAME --from-command -- PROGRAM ARGUMENT…")
    }
    return (words, program)
  }

  // MARK: new values

  /// Asks for new values of a credential, where a step of a runbook needs them; it is named, or a service that gets it.
  ///
  /// Returns why there is nothing to ask for; nil: it was asked.
  func askForAll(meant name: String) async throws(ConsoleFailure) -> Refusal? {
    let names: [String]
    do throws(Refusal) {
      names = try await credentials.variables(
        meant: name,
        session.connections.offer((any CredentialKeeper).self)
      )
    } catch {
      return error
    }
    try ask(names.map { ($0, false) })
    return nil
  }

  private func take(_ words: [String], _ program: [String]) async throws(ConsoleFailure) {
    var wanted: [(name: String, isNeeded: Bool)] = []
    for word in words {
      do throws(Refusal) {
        let isVariable = !credentials.settings.contains { $0.name == word }
        wanted += try credentials.variables(named: word).map { ($0, isVariable) }
      } catch {
        throw refused("\(error.sentence)")
      }
    }
    // Of a credential only those that are there are asked for.
    let there = try await there(wanted.map(\.name))
    wanted.removeAll { !$0.isNeeded && !there.contains($0.name) }
    if let path = arguments.options[.fromFile] {
      let file = try read(path)
      try take(file.bytes, of: path, wanted)
    } else if !program.isEmpty {
      try take(try await output(of: program), of: program[0], wanted)
    } else if arguments.has(.dryRun) {
      // Nothing is written: any other values show who would be started with them.
      for (name, _) in wanted {
        credentials.give(Secret("dry-run-\(UInt64.random(in: 0...UInt64.max))"), for: name)
      }
    } else {
      try ask(wanted)
    }
  }

  private func there(_ names: [String]) async throws(ConsoleFailure) -> [String] {
    guard let keeper = session.connections.offer((any CredentialKeeper).self) else { return names }
    do throws(SourceFailure) {
      return try await keeper.find(names)?.names ?? []
    } catch {
      throw refused(error.detail)
    }
  }

  private func ask(_ wanted: [(name: String, isNeeded: Bool)]) throws(ConsoleFailure) {
    guard SecretPrompt.isPossible, !arguments.has(.json) else {
      throw refused(
        "new values are asked for on a terminal, and not with --json: --from-file or --from-command gives them without"
      )
    }
    for (name, isNeeded) in wanted {
      let hint = isNeeded ? "" : " (Enter: as it is)"
      let shown = credentials.isVisible(name)
      guard let text = SecretPrompt.ask("new \(name)\(hint): ", isShown: shown) else {
        throw ConsoleFailure(message: "switchboard: nothing was done", code: .interrupted)
      }
      if text.isEmpty, !isNeeded { continue }
      try give(Secret(text), for: name)
    }
  }

  /// One line for one variable, else `NAME=VALUE` lines as in an env file.
  private func take(
    _ bytes: [UInt8],
    of source: String,
    _ wanted: [(name: String, isNeeded: Bool)]
  ) throws(ConsoleFailure) {
    let text = String(decoding: bytes, as: UTF8.self)
    if wanted.count == 1, let name = wanted.first?.name, !text.hasPrefix("\(name)=") {
      let end = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? text.dropLast() : text[...]
      return try give(Secret(String(end)), for: name)
    }
    let values: [String: String]
    do throws(EnvironmentFile.Failure) {
      values = try EnvironmentFile.parse(text) { _ in nil }
    } catch {
      throw refused("\(source):\(error.line): \(error.message)")
    }
    for (name, isNeeded) in wanted {
      if let value = values[name] {
        try give(Secret(value), for: name)
      } else if isNeeded {
        throw refused("\(source) tells no \(name): a line \(name)=VALUE of it would")
      }
    }
  }

  private func give(_ value: Secret, for name: String) throws(ConsoleFailure) {
    if let reason = CredentialValue.reason(against: value) {
      throw refused("the new value of \(name) \(reason)")
    }
    credentials.give(value, for: name)
  }

  private func read(_ path: String) throws(ConsoleFailure) -> LocalFile {
    let file: LocalFile
    do throws(LocalFile.Failure) {
      file = try LocalFile.read(path, limit: 65_536)
    } catch {
      throw refused("\(error.path): \(error.message)")
    }
    guard file.isOurs else { throw refused("\(path) belongs to somebody else: its values are not taken") }
    if file.isOpenToOthers { Output.error("switchboard: others can read \(SafeText(path)): chmod 600 it") }
    return file
  }

  /// What a program prints; it is run by its words, never by a shell, and what it says to its errors isn't shown.
  private func output(of program: [String]) async throws(ConsoleFailure) -> [UInt8] {
    do throws(SourceFailure) {
      let result = try await ChildProcess.run(ChildCommand(program, deadline: .seconds(60), cap: 65_536))
      guard result.isSuccess, !result.isCut else {
        throw SourceFailure(.rejected, at: program[0], detail: "it failed, or printed more than 64 kB")
      }
      return result.stdout
    } catch {
      throw refused("\(program[0]): \(error.detail.isEmpty ? error.word : error.detail)")
    }
  }

  private func refused(_ words: String) -> ConsoleFailure {
    ConsoleFailure(message: "switchboard: \(SafeText(words, limit: 400))", code: .refused)
  }

  private func usage(_ words: String) -> ConsoleFailure {
    ConsoleFailure(message: "switchboard: \(words)", code: .usage)
  }
}
