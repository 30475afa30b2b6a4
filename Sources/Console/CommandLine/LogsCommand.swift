import DataSources
import Facts
import Operations

/// `logs` with `--since`, `--grep`, `--errors` or `--follow`: the lines of several services in the order of time.
@LoopActor final class LogsCommand {
  private let session: Session
  private let headless: HeadlessSession
  private var arguments: Arguments { headless.arguments }
  private var follower: LogFollower?
  /// The serial number from which on nothing was printed yet.
  private var next = 0
  private var since: WallTime?
  private var printed = 0
  private var last: LogsSnapshot?
  /// What was said of logs that can't be read, so that it is said once.
  private var told: Set<String> = []
  private var isOver: CheckedContinuation<Void, Never>?

  /// The options of which any makes it this command, and not a look at the last lines of one service.
  nonisolated static let options: [OptionEntry.Name] = [.since, .grep, .errors, .follow]

  /// Whether it is this command that was meant: by its options, or since no service is named.
  nonisolated static func isMeant(_ arguments: Arguments) -> Bool {
    arguments.words.isEmpty || options.contains(where: arguments.has)
  }

  /// Takes an open session that doesn't poll yet; only the runtime is asked.
  init(_ session: Session, _ arguments: Arguments) {
    self.session = session
    headless = HeadlessSession(session, arguments) { $0.id == session.connections.runtime?.descriptor.id }
  }

  /// Prints the lines; with `--follow` until it is interrupted.
  func run() async throws(ConsoleFailure) -> ExitCode {
    guard let runtime = session.connections.runtime else {
      throw ConsoleFailure(
        message: "switchboard: nothing runs the services: no log is known",
        code: .unavailable
      )
    }
    let query = try query()
    since = try start()?.time(at: LoopActor.now().wall)
    try await headless.hear(naming: arguments.words, of: [.service])
    let follower = LogFollower(runtime) { [weak self] in
      let services = self?.headless.monitor.world.snapshot(ServicesSnapshot.self)?.value.services ?? []
      let wanted = self?.arguments.words ?? []
      return services.filter { wanted.isEmpty || wanted.contains($0.name) || wanted.contains($0.instance) }
    } tell: { [weak self] in
      self?.take($0)
    }
    self.follower = follower
    follower.look(for: query)
    await withCheckedContinuation { isOver = $0 }
    follower.look(for: nil)
    return code
  }

  private func query() throws(ConsoleFailure) -> LogQuery {
    do throws(LogQuery.Fault) {
      return try LogQuery(
        pattern: arguments.options[.grep],
        level: arguments.has(.errors) ? .error : .unknown
      )
    } catch {
      throw ConsoleFailure(
        message: "switchboard: --grep: \(SafeText(error.message)) at \(error.offset + 1)",
        code: .usage
      )
    }
  }

  private func start() throws(ConsoleFailure) -> LogStart? {
    guard let text = arguments.options[.since] else { return nil }
    do throws(ExpressionError) {
      return try LogStart(parsing: text)
    } catch {
      throw ConsoleFailure(
        message: "switchboard: --since takes 5m, 2h or an instant with its zone: \(SafeText(error.message))",
        code: .usage
      )
    }
  }

  private func take(_ snapshot: LogsSnapshot) {
    guard snapshot.hasAskedAll, isOver != nil else { return }
    last = snapshot
    for standing in snapshot.standings { tell(standing) }
    let new = snapshot.selection.serials.filter { $0 >= next }
    for line in snapshot.archive.lines(new) where since.map({ line.time >= $0 }) ?? true {
      printed += 1
      Output.line(arguments.has(.json) ? Self.object(line).text : Self.text(line))
    }
    next = snapshot.archive.end
    guard arguments.has(.follow), Output.hasReader else {
      isOver?.resume()
      isOver = nil
      return
    }
  }

  private func tell(_ standing: LogFollower.Standing) {
    var words: [String] = standing.gaps.map(\.sentence.string)
    if let failure = standing.failure {
      words.append(
        "can't be read: \([failure.word, failure.detail].filter { !$0.isEmpty }.joined(separator: ": "))"
      )
    }
    for sentence in words {
      let text = "\(standing.instance): \(sentence)"
      if told.insert(text).inserted { Output.error("switchboard: \(SafeText(text, limit: 300))") }
    }
  }

  /// Whether what was printed is all that there is to print.
  private var code: ExitCode {
    guard let last, !last.standings.isEmpty else {
      Output.error("switchboard: the runtime told no service in \(Format.seconds(HeadlessSession.patience))")
      return .unavailable
    }
    if !last.selection.failure.isEmpty {
      Output.error("switchboard: it could not be looked for: \(SafeText(last.selection.failure))")
      return .unavailable
    }
    if last.standings.contains(where: { $0.failure != nil }) { return .unavailable }
    guard let whole = last.selection.wholeSince, since.map({ $0 < whole }) ?? (printed == 0) else {
      return .ok
    }
    Output.error(
      "switchboard: the logs were looked through since \(Format.timestamp(whole)); older lines were not"
    )
    return printed == 0 ? .noData : .ok
  }

  private static func text(_ line: LogArchive.Line) -> String {
    let mark = line.isTimeAssumed && !line.continues ? "~" : " "
    let time = Format.timestampWithMilliseconds(line.time)
    return "\(time)\(mark)\(SafeText(line.stream.instance))  \(line.text)"
  }

  private static func object(_ line: LogArchive.Line) -> JSONBody {
    .object([
      .init("time", .string(Format.timestampWithMilliseconds(line.time))),
      .init("time_assumed", .bool(line.isTimeAssumed)),
      .init("service", .string(line.stream.service)), .init("instance", .string(line.stream.instance)),
      .init("part", line.stream.part.isEmpty ? .null : .string(line.stream.part)),
      .init("level", line.level == .unknown ? .null : .string("\(line.level)")),
      .init("continues", .bool(line.continues)), .init("text", .string(line.text.string)),
      .init("cut", .bool(line.isCut)),
    ])
  }
}
