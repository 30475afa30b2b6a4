import DataSources
import Facts
import Operations

/// `logs` with `--since`, `--grep`, `--errors` or `--follow`: the lines of several services in the order of time.
@LoopActor final class LogsCommand {
  private let session: Session
  private let headless: HeadlessSession
  private var arguments: Arguments { headless.arguments }
  private var follower: LogFollower?
  /// The numbers of the lines that were printed: of a record that holds what is looked for only now, all are.
  private var shown: Set<Int> = []
  private var since: WallTime?
  private var printed = 0
  private var last: LogsSnapshot?
  /// How many gaps of each log were told, and why it can't be read now.
  private var gaps: [String: Int] = [:]
  private var failures: [String: String] = [:]
  private var isOver: CheckedContinuation<Void, Never>?

  /// The options of which any makes it this command, and not a look at the last lines of one service.
  nonisolated static let options: [OptionEntry.Name] = [.since, .grep, .errors, .follow, .file]

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
    let query = try Self.query(arguments)
    since = try Self.start(arguments)?.time(at: LoopActor.now().wall)
    try await headless.hear(naming: arguments.words, of: [.service])
    let follower = LogFollower(runtime, countsPresets: false) { [weak self] in
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

  /// What `--grep` and `--errors` ask for.
  static func query(_ arguments: Arguments) throws(ConsoleFailure) -> LogQuery {
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

  /// What `--since` asks for.
  static func start(_ arguments: Arguments) throws(ConsoleFailure) -> LogStart? {
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
    let new = snapshot.selection.serials.filter { shown.insert($0).inserted }
    for line in snapshot.archive.lines(new) where since.map({ line.time >= $0 }) ?? true {
      printed += 1
      Output.line(arguments.has(.json) ? Self.object(line).text : line.written)
    }
    if shown.count > 2 * snapshot.selection.serials.count + 1_000 {
      shown.formIntersection(snapshot.selection.serials)
    }
    guard arguments.has(.follow), Output.hasReader else {
      isOver?.resume()
      isOver = nil
      return
    }
  }

  /// Tells what is missing each time that something is, and once why a log can't be read until it can.
  private func tell(_ standing: LogFollower.Standing) {
    let new = standing.gapCount - (gaps[standing.instance] ?? 0)
    gaps[standing.instance] = standing.gapCount
    for gap in standing.gaps.suffix(max(0, new)) { say("\(standing.instance): \(gap.sentence)") }
    let failure = standing.failure.map {
      [$0.word, $0.detail].filter { !$0.isEmpty }.joined(separator: ": ")
    }
    if let failure, failures[standing.instance] != failure {
      say("\(standing.instance): can't be read: \(failure)")
    }
    failures[standing.instance] = failure
  }

  private func say(_ words: String) { Output.error("switchboard: \(SafeText(words, limit: 300))") }

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
    let isUnread = last.standings.contains { $0.failure != nil || $0.gaps.contains(where: \.isUnread) }
    if isUnread { return .unavailable }
    var isWhole = true
    if let whole = last.selection.wholeSince, since.map({ $0 < whole }) ?? (printed == 0) {
      say("the logs were looked through since \(Format.timestamp(whole)); older lines were not")
      isWhole = false
    }
    for (stream, time) in last.archive.beginnings {
      guard let since, time > since else { continue }
      // It may have been rotated away, or never written.
      if printed == 0 { say("\(stream.instance) begins later, at \(Format.timestamp(time))") }
      isWhole = false
    }
    return printed == 0 && !isWhole ? .noData : .ok
  }

  /// A line as JSON.
  static func object(_ line: LogArchive.Line) -> JSONBody {
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

extension CommandEntry {
  /// The entry of `logs` with what only the command line can do; any other as it is.
  static func withLogs(_ entry: CommandEntry) -> CommandEntry {
    guard entry.name == .logs else { return entry }
    return CommandEntry(
      name: .logs,
      group: entry.group,
      arguments: "SERVICE [LINES] [MATCH] | [SERVICE…] OPTION…",
      count: 0...99,
      summary: entry.summary,
      options: LogsCommand.options + entry.options,
      examples: entry.examples + [
        "switchboard logs --errors --since 15m",
        "switchboard logs backend celery-worker --grep 'timed? ?out' --follow",
        "switchboard logs --file worker.log --grep 'pool.*exhausted'",
      ],
      notes: [
        "With an option, or without a service, the lines of all services or of those that are named stand in the order",
        "of time, a traceback with its error; times are UTC, a ~ behind one says that nobody tells it. With",
        "--json each line is an object of its own. It ends with 69 where a log can't be read, with 3 where nothing was",
        "found and older lines could not be looked through. With --file no stack is asked: the last 100 lines of the file,",
        "or as many as are named, or those that are looked for in all of it, however large it is.",
      ]
    )
  }
}
