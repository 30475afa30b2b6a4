import DataSources
import Facts
import Operations

#if canImport(Glibc)
internal import Glibc
#endif

/// `causes`: what went wrong in logs, grouped by signature; no stack is asked.
@LoopActor enum CausesCommand {
  /// Reads the files and prints their causes, the most frequent first; or with `--json` every record with its cause.
  ///
  /// A file that can't be read is told and the others are read all the same; exit 69 then, 3 if there was nothing to group.
  static func run(_ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    let isJSON = arguments.has(.json)
    guard let limit = Int(arguments.options[.limit] ?? "20"), limit > 0 else {
      throw ConsoleFailure(message: "switchboard: --limit takes a number of rows from 1 on", code: .usage)
    }
    let paths = arguments.words
    let reading = await LoopActor.onThreadPool { CausesReading(of: paths, keepsPlaces: isJSON) }
    let report = await LoopActor.onThreadPool { reading.causes.report() }
    if isJSON { records(reading, report, paths) } else { table(report, limit) }
    for failure in reading.failures {
      Output.error("switchboard: \(SafeText(failure.path)): \(failure.cause)")
    }
    let noun = report.causes.count == 1 ? "cause" : "causes"
    Output.error(
      "\(report.count) records in \(reading.causes.lines) lines, \(report.causes.count) \(noun)"
        + (report.isCoarse ? "; coarse, for there were too many different texts" : "")
    )
    guard reading.failures.isEmpty else { return .unavailable }
    return report.count == 0 ? .noData : .ok
  }

  private static func table(_ report: CauseReport, _ limit: Int) {
    let shown = report.causes.prefix(limit)
    // What is of no class needs no word for it.
    let rows = shown.map { ["\($0.count)", span($0), $0.kind == .other ? "" : $0.kind.rawValue] }
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    for (cause, row) in zip(shown, rows) {
      let padding = zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) }
      let head = "\(padding[0])\(row[0])  \(row[1])\(padding[1])  \(row[2])\(padding[2])"
      Output.line("\(head)\(widths[2] == 0 ? "" : "  ")\(cause.template)")
      // Nearly every statement has a level of its own: that tells nothing new.
      for share in cause.shares where share.isOverRepresented && share.name != "level" {
        Output.line(
          "\(String(repeating: " ", count: widths[0]))    \(share.name) \(share.value): "
            + "\(percent(share.inCause)) of these, \(percent(share.inAll)) of all"
        )
      }
    }
    let hidden = report.causes.dropFirst(limit)
    guard !hidden.isEmpty else { return }
    Output.line(
      "and \(hidden.count) more with \(hidden.reduce(0) { $0 + $1.count }) records; --limit shows more"
    )
  }

  private static func span(_ cause: Cause) -> String {
    guard let first = cause.firstSeen, let last = cause.lastSeen else { return "no time told" }
    return "\(Format.timestamp(first)) – \(Format.timestamp(last))"
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

  private static func records(_ reading: CausesReading, _ report: CauseReport, _ paths: [String]) {
    var text = ""
    for place in reading.causes.places {
      let cause = report.causes[report.index(of: place.ticket)]
      text +=
        JSONBody.object([
          .init("file", .string(paths[place.file])), .init("line", .integer(place.line)),
          .init("lines", .integer(place.lines)), .init("cause", .string(cause.name)),
          .init("class", .string(cause.kind.rawValue)), .init("template", .string(cause.template.string)),
        ]).text + "\n"
      guard text.utf8.count > 65_536 else { continue }
      Output.text(text)
      text = ""
      guard Output.hasReader else { return }
    }
    Output.text(text)
  }
}

/// Logs read to their end in windows, on a thread that may block.
struct CausesReading: Sendable {
  /// A file that couldn't be read to its end, and why.
  struct Failure: Sendable, Hashable {
    let path: String
    let cause: String
  }

  /// So many bytes are read at once.
  private static let window = 1 << 18

  /// What the logs tell.
  private(set) var causes: LogCauses
  /// What couldn't be read.
  private(set) var failures: [Failure] = []

  /// Reads files one after the other; `-` is the standard input.
  init(of paths: [String], keepsPlaces: Bool) {
    causes = LogCauses(keepsPlaces: keepsPlaces)
    for path in paths { read(path) }
  }

  private mutating func read(_ path: String) {
    causes.begin(file: path)
    let isInput = path == "-"
    let descriptor = isInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      fail(path)
      return
    }
    defer { if !isInput { close(descriptor) } }
    var buffer = [UInt8](repeating: 0, count: Self.window)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        buffer.withUnsafeBytes { causes.read(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        continue
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        // Whoever shares the input has made it non-blocking.
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&ready, 1, -1)
        continue
      }
      if count < 0 { fail(path) }
      break
    }
    causes.endFile()
  }

  private mutating func fail(_ path: String) {
    failures.append(Failure(path: path, cause: String(cString: strerror(errno))))
  }
}
