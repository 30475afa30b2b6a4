import DataSources
import Facts
import Operations

#if canImport(Glibc)
internal import Glibc
#endif

/// `logs --file`: the last lines of a log in a file, or those that are looked for in all of it; no stack is asked.
@LoopActor final class LogFileCommand {
  private let arguments: Arguments
  private let query: LogQuery
  private let most: Int
  private let since: WallTime?
  private var printed = 0
  private var isWhole = true
  /// Lines of which nobody knows whether they are since the time, and whether any line has told one.
  private var untimed = 0
  private var hasSeenTime = false

  /// So many lines are printed where nothing is looked for.
  private static let usual = 100
  /// So many windows of a mebibyte are looked through between two looks at who reads.
  private nonisolated static let windows = 16
  private static let interval = Duration.milliseconds(500)

  /// - Throws: what is wrong with the options.
  init(_ arguments: Arguments) throws(ConsoleFailure) {
    self.arguments = arguments
    query = try LogsCommand.query(arguments)
    since = try LogsCommand.start(arguments)?.time(at: LoopActor.now().wall)
    guard let word = arguments.words.first else {
      most = Self.usual
      return
    }
    guard arguments.words.count == 1, let most = Int(word), (1...1_000_000).contains(most) else {
      throw ConsoleFailure(
        message: "switchboard: logs --file takes a number of lines, not a service",
        code: .usage
      )
    }
    self.most = most
  }

  /// Prints the lines; with `--follow` until it is interrupted.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let path = arguments.options[.file] ?? ""
    do throws(LogFile.Failure) {
      let file = try await onPool { () throws(LogFile.Failure) in try LogFile(path) }
      let end = try await isLookingFor ? search(file) : tail(file)
      if untimed > 0 {
        isWhole = false
        say("\(untimed == 1 ? "1 line tells" : "\(untimed) lines tell") no time: none of them is told")
      }
      if arguments.has(.follow) { try await follow(file, from: end) }
    } catch {
      let words = SafeText("\(path): \(error.words)", limit: 400)
      throw ConsoleFailure(message: "switchboard: \(words)", code: .unavailable)
    }
    return printed == 0 && !isWhole ? .noData : .ok
  }

  private var isLookingFor: Bool { query != LogQuery() || since != nil }

  private func onPool<Value: Sendable>(
    _ body: @escaping @Sendable () throws(LogFile.Failure) -> Value
  ) async throws(LogFile.Failure) -> Value {
    try await LoopActor.onThreadPool { () -> Result<Value, LogFile.Failure> in
      do throws(LogFile.Failure) { return .success(try body()) } catch { return .failure(error) }
    }.get()
  }

  /// The last lines.
  private func tail(_ file: LogFile) async throws(LogFile.Failure) -> Int {
    let (most, isFollowed, now) = (most, arguments.has(.follow), LoopActor.now().wall)
    let (piece, lines) = try await onPool { () throws(LogFile.Failure) in
      let piece = try file.end(most, isFollowed: isFollowed)
      return (piece, try LogArchive.lines(piece.lines, of: file.path, at: now))
    }
    if piece.isTorn { say("the first of these lines has lost its beginning: it is longer than is read") }
    print(lines)
    if let words = Self.shortfall(piece, of: most) { say(words) }
    return piece.end
  }

  /// What is said of the end of a file that holds fewer lines than were asked for; nil if there are no others.
  nonisolated static func shortfall(_ piece: LogFile.Piece, of most: Int) -> String? {
    guard piece.hasOlder, piece.lines.count < most else { return nil }
    return "only the last \(LogFile.longestEnd >> 20) MiB were read: --grep and --since reach older lines"
  }

  /// What is looked for, in all of the file or since a time.
  private func search(_ file: LogFile) async throws(LogFile.Failure) -> Int {
    let (query, since) = (query, since)
    let (start, size) = try await onPool { () throws(LogFile.Failure) in
      (
        try since.map { time throws(LogFile.Failure) in try file.offset(since: time) ?? 0 } ?? 0,
        try file.size()
      )
    }
    var search = try LogFileSearch(file, for: query, from: start)
    let tells = isatty(STDERR_FILENO) == 1
    while !search.isOver, Output.hasReader {
      let (former, now) = (search, LoopActor.now().wall)
      let (next, lines) = try await onPool { () throws(LogFile.Failure) in
        var next = former
        let lines = try next.next(windows: Self.windows, at: now)
        return (next, lines)
      }
      search = next
      if tells { progress("") }
      print(lines)
      if tells, !search.isOver { progress("\(search.offset >> 20) of \(size >> 20) MB, \(printed) lines") }
    }
    if tells { progress("") }
    if search.longLines > 0 {
      isWhole = false
      let noun = search.longLines == 1 ? "line is" : "lines are"
      say("\(search.longLines) \(noun) longer than a mebibyte, of which the first was looked through")
    }
    return search.offset
  }

  /// What is written from now on.
  private func follow(_ first: LogFile, from offset: Int) async throws(LogFile.Failure) {
    var (file, offset) = (first, offset)
    while Output.hasReader {
      let (former, start, query, now) = (file, offset, query, LoopActor.now().wall)
      let (piece, lines, size) = try await onPool { () throws(LogFile.Failure) in
        let piece = try former.lines(from: start, room: 4 << 20)
        let lines = try LogArchive.lines(piece.lines, of: former.path, at: now, query)
        return (piece, lines, try former.size())
      }
      offset = piece.end
      print(lines)
      guard piece.lines.isEmpty else { continue }
      if size < offset {
        say("the file was begun anew")
        offset = 0
      } else if file.isReplaced, let next = try? LogFile(file.path) {
        say("another file has taken its place")
        (file, offset) = (next, 0)
      }
      await LoopActor.sleep(for: Self.interval)
    }
  }

  private func print(_ lines: [LogArchive.Line]) {
    if since != nil, !hasSeenTime {
      // A log whose lines tell no time would all be of now.
      hasSeenTime = lines.contains { !$0.isTimeAssumed }
      guard hasSeenTime else {
        untimed += lines.count
        return
      }
    }
    let wanted = lines.filter { line in since.map { line.time >= $0 } ?? true }
    guard !wanted.isEmpty else { return }
    printed += wanted.count
    let isJSON = arguments.has(.json)
    Output.text(wanted.map { "\(isJSON ? LogsCommand.object($0).text : $0.dated)\n" }.joined())
  }

  private func say(_ words: String) { Output.error("switchboard: \(words)") }

  /// One line that takes the place of the former.
  private func progress(_ words: String) {
    let text = Array("\r\u{1B}[K\(words)".utf8)
    _ = write(STDERR_FILENO, text, text.count)
  }
}
