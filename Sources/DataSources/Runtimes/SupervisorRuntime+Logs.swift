public import Facts

extension SupervisorRuntime {
  /// The most bytes that are read of a log.
  private static let logCap = 32 << 10
  private static let logsWithin = Duration.seconds(5)

  /// What supervisor keeps of its output: of its two streams, if it keeps both, the last of each.
  ///
  /// It keeps no times: `since` goes by those that the program itself writes, and a stream without any is left out, with
  /// a line that says so.
  public func logs(
    of service: ServiceReading,
    tail: Int,
    since: WallTime?
  ) async throws(SourceFailure) -> LogTail {
    let name = SupervisorProcess.namespec(ofIdentity: service.identity.id)
    let end = LoopActor.now().monotonic + Self.logsWithin
    // What is looked through for a time is all that can be had.
    let most = since == nil ? tail : Self.logCap
    let told = try await [
      self.tail("Stdout", of: name, most, until: end), self.tail("Stderr", of: name, most, until: end),
    ]
    var (output, errors) = (told[0].lines, told[1].lines)
    var gaps = told.flatMap(\.gaps)
    // Of a stream that it doesn't keep supervisor answers as of one into which nothing was written.
    if output.isEmpty {
      let info = try value(of: await call("supervisor.getProcessInfo", [.text(name)], until: end))
      if info["stdout_logfile"]?.text?.isEmpty ?? true { gaps.append(LogGap("stdout", .notKept)) }
    }
    if let since {
      gaps += Self.untimed(output, "stdout", since) + Self.untimed(errors, "stderr", since)
      (output, errors) = try Self.timed(output, errors, since, at: descriptor.address)
    }
    let share = max(tail / 2, tail - output.count)
    let last = errors.suffix(share)
    if output.count + errors.count > tail, gaps.isEmpty { gaps.append(LogGap(service.instance, .cut)) }
    return LogTail(lines: output.suffix(tail - last.count) + last, gaps: gaps)
  }

  /// That a stream tells no times, and so nobody knows what of it was written since then.
  private static func untimed(_ lines: [SafeText], _ name: String, _ since: WallTime) -> [LogGap] {
    guard !lines.isEmpty, LineTimes.suffix(of: lines.map(\.string), since: since) == nil else { return [] }
    return [LogGap(name, .unreadable("its lines tell no time"))]
  }

  private static func timed(
    _ output: [SafeText],
    _ errors: [SafeText],
    _ since: WallTime,
    at address: String
  ) throws(SourceFailure) -> ([SafeText], [SafeText]) {
    func first(_ lines: [SafeText]) -> Int? { LineTimes.suffix(of: lines.map(\.string), since: since) }
    let (ofOutput, ofErrors) = (first(output), first(errors))
    guard ofOutput != nil || ofErrors != nil || output.isEmpty && errors.isEmpty else {
      throw SourceFailure(
        .notFound,
        at: address,
        detail: "its lines tell no time, and supervisor keeps none: ask for a number of lines",
        told: "no times in its log"
      )
    }
    func told(_ lines: [SafeText], _ first: Int?, _ name: String) -> [SafeText] {
      if lines.isEmpty { return [] }
      guard let first else { return [SafeText("(\(name): \(lines.count) lines without times, left out)")] }
      // What is older than the oldest that supervisor gives may have been written since, too.
      let isAll = lines[..<first].allSatisfy { LineTimes.time(of: $0.string) == nil }
      let note = isAll ? [SafeText("(\(name): there may be more before these)")] : []
      return note + lines[first...]
    }
    return (told(output, ofOutput, "stdout"), told(errors, ofErrors, "stderr"))
  }

  /// The end of one stream; empty, too, where supervisor keeps none of it or both go into one file.
  private func tail(
    _ stream: String,
    of name: String,
    _ most: Int,
    until end: MonotonicTime
  ) async throws(SourceFailure) -> LogTail {
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
        var tail = LogTail(of: whole.isEmpty ? bytes[...] : whole, most: most, part: stream.lowercased())
        if isCut { tail.gaps = [LogGap(stream.lowercased(), .cut)] }
        return tail
      } catch {
        // It fails where the cut falls into the middle of a character (an uncaught UnicodeDecodeError).
        guard error.code == .status(500), length > Self.logCap - 3 else { throw error }
        length -= 1
      }
    }
  }
}
