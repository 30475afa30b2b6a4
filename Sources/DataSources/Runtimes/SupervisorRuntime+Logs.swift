public import Facts

extension SupervisorRuntime {
  /// The most bytes that are read of a log.
  private static let logCap = 32 << 10
  private static let logsWithin = Duration.seconds(5)

  /// What supervisor keeps of its output: of its two streams, if it keeps both, the last of each.
  ///
  /// It keeps no times: `since` goes by those that the program itself writes, and a stream without any is left out, which
  /// is told.
  public func logs(
    of service: ServiceReading,
    tail: Int,
    since: WallTime?
  ) async throws(SourceFailure) -> LogTail {
    let name = SupervisorProcess.namespec(ofIdentity: service.identity.id)
    let end = LoopActor.now().monotonic + Self.logsWithin
    // What is looked through for a time is all that can be had.
    let most = since == nil ? tail : Self.logCap
    var output = try await self.tail("Stdout", of: name, most, until: end)
    var errors = try await self.tail("Stderr", of: name, most, until: end)
    var reach: LogReach?
    if let since {
      let timed = Self.timed(["stdout": output, "stderr": errors], since)
      guard timed.reach.timeless.isEmpty || timed.reach.timeless.count < timed.written else {
        throw SourceFailure(
          .notFound,
          at: descriptor.address,
          detail: "its lines tell no time, and supervisor keeps none: ask for a number of lines",
          told: "no times in its log"
        )
      }
      (output, errors) = (timed.lines["stdout"] ?? [], timed.lines["stderr"] ?? [])
      reach = timed.reach
      if output.count + errors.count > tail { reach?.isCut = true }
    }
    let share = max(tail / 2, tail - output.count)
    let last = errors.suffix(share)
    return LogTail(lines: output.suffix(tail - last.count) + last, reach: reach)
  }

  /// The lines of streams since a time, how far they reach, and how many streams were ever written to.
  nonisolated static func timed(
    _ streams: [String: [SafeText]],
    _ since: WallTime
  ) -> (lines: [String: [SafeText]], reach: LogReach, written: Int) {
    let written = streams.filter { !$0.value.isEmpty }
    var (kept, reach) = ([String: [SafeText]](), LogReach())
    // Most programs write to one of the two: an empty one beside it was never written to. If both are, nobody knows
    // whether there was something before supervisor began a new file.
    if written.isEmpty { reach.late.append(LogReach.Part()) }
    for (name, lines) in written.sorted(by: { $0.key < $1.key }) {
      let part = SafeText(name)
      guard let told = LineTimes.since(since, of: lines.map(\.string)) else {
        reach.timeless.append(LogReach.Part(part))
        continue
      }
      kept[name] = Array(lines[told.first...])
      reach.untimed += told.untimed
      reach.assumedZone = told.assumedZone.map { SafeText($0) } ?? reach.assumedZone
      // What is older than the oldest that supervisor gives may have been written since, too.
      if told.begins >= since { reach.late.append(LogReach.Part(part, begins: told.begins)) }
    }
    return (kept, reach, written.count)
  }

  /// The end of one stream; empty, too, where supervisor keeps none of it or both go into one file.
  private func tail(
    _ stream: String,
    of name: String,
    _ most: Int,
    until end: MonotonicTime
  ) async throws(SourceFailure) -> [SafeText] {
    let method = "supervisor.tailProcess\(stream)Log"
    var length = Self.logCap
    while true {
      do throws(SourceFailure) {
        let reply = try await call(method, [.text(name), .integer(0), .integer(length)], until: end) { body in
          // Supervisor sends the bytes of a terminal's colours as they are, which is no XML.
          LogTail.plain(body).map { $0 >= 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 ? $0 : 0x3F }
        }
        let answer = try value(of: reply).list ?? []
        guard answer.count == 3, let text = answer[0].text else {
          throw SourceFailure(.unreadable, at: descriptor.address, detail: "not the reply of \(method)")
        }
        // The first line of what is not the whole has lost its beginning.
        let isCut = answer[2] == .flag(true)
        let bytes = Array(text.utf8)
        let whole = isCut ? bytes.drop { $0 != 0x0A }.dropFirst() : bytes[...]
        return LogTail(of: whole.isEmpty ? bytes[...] : whole, most: most).lines
      } catch {
        // It fails where the cut falls into the middle of a character (an uncaught UnicodeDecodeError).
        guard error.code == .status(500), length > Self.logCap - 3 else { throw error }
        length -= 1
      }
    }
  }
}
