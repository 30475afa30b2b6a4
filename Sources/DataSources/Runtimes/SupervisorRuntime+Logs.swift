public import Facts

extension SupervisorRuntime {
  /// The most bytes that are read of a log.
  private static let logCap = 32 << 10
  /// The most that is read on at once.
  private static let stretchCap = 512 << 10
  /// Longer no file is: whoever says so can't be counted on.
  private static let longestLog = 1 << 50
  /// What is asked for at first of what is new: more than a service writes in a second, most often.
  private static let firstStretch = 8 << 10
  private static let logsWithin = Duration.seconds(5)

  /// What supervisor keeps of its output: of its two streams, if it keeps both, the last of each.
  ///
  /// It keeps no times: `since` goes by those that the program itself writes, and a stream without any is left out, which
  /// is told.
  public func logs(
    of service: ServiceReading,
    tail most: Int,
    since: WallTime?
  ) async throws(SourceFailure) -> LogTail {
    let name = SupervisorProcess.namespec(ofIdentity: service.identity.id)
    let end = LoopActor.now().monotonic + Self.logsWithin
    // What is looked through for a time is all that can be had.
    let read = since == nil ? most : Self.logCap
    let told = try await [
      self.tail("Stdout", of: name, read, until: end), self.tail("Stderr", of: name, read, until: end),
    ]
    var (output, errors) = (told[0].lines, told[1].lines)
    var tail = LogTail(lines: [], gaps: told.flatMap(\.gaps))
    if let since {
      let timed = Self.timed(["stdout": output, "stderr": errors], since)
      let timeless = timed.tail.gaps.count { $0.reason == .timeless }
      guard timeless == 0 || timeless < timed.written else {
        throw SourceFailure(
          .notFound,
          at: descriptor.address,
          detail: "its lines tell no time, and supervisor keeps none: ask for a number of lines",
          told: "no times in its log"
        )
      }
      let long = tail.gaps.filter { if case .longLines = $0.reason { true } else { false } }
      (output, errors, tail) = (timed.lines["stdout"] ?? [], timed.lines["stderr"] ?? [], timed.tail)
      tail.gaps += long
    }
    // Of a stream that it doesn't keep supervisor answers as of one into which nothing was written.
    if told.contains(where: \.lines.isEmpty) {
      let silent = [("stdout", told[0]), ("stderr", told[1])].filter { $0.1.lines.isEmpty }.map(\.0)
      // One that can't answer, as older ones can't, doesn't make the lines unreadable.
      let all = try? value(of: await call("supervisor.getAllConfigInfo", [], until: end)).list
      tail.gaps += Self.unkept(silent, of: service.identity.id, in: all ?? [])
    }
    if output.count + errors.count > most, tail.gaps.isEmpty {
      tail.gaps.append(LogGap(service.instance, .cut))
    }
    let share = max(most / 2, most - output.count)
    let last = errors.suffix(share)
    tail.lines = output.suffix(most - last.count) + last
    return tail
  }

  /// What it has written since, of both streams that supervisor keeps.
  ///
  /// Supervisor counts bytes; what was rotated away meanwhile, or is more than is read at once, is a gap.
  public func logs(
    of service: ServiceReading,
    after mark: LogMark?,
    most: Int
  ) async throws(SourceFailure) -> LogStretch {
    let name = SupervisorProcess.namespec(ofIdentity: service.identity.id)
    let end = LoopActor.now().monotonic + Self.logsWithin
    var stretch = LogStretch(mark: mark ?? LogMark())
    var silent: [String] = []
    for part in ["stdout", "stderr"] {
      let asked = stretch.mark.offsets[part]
      if let asked, let (piece, isCut) = await logFiles.read(service.identity.id, part, from: asked) {
        stretch.mark.offsets[part] = piece.end
        stretch.lines += piece.lines
        if isCut { stretch.gaps.append(LogGap(part, .cut)) }
        continue
      }
      let told = try await read(
        part == "stderr" ? "Stderr" : "Stdout",
        of: name,
        from: asked,
        until: end
      )
      let (lines, next) = await DecodingLane.run(told.text.count) {
        let (lines, next) = Self.lines(of: told.text, endingAt: told.size, asked: asked, isCut: told.isCut)
        return (lines.map { LogStretch.Line($0, part: part == "stderr" ? part : "") }, next)
      }
      stretch.mark.offsets[part] = next
      await logFiles.compare(service.identity.id, part, told.text, endingAt: told.size) { Self.cleaned($0) }
      if told.size == 0 { silent.append(part) }
      stretch.lines += lines
      if asked == nil { stretch.hasOlder = stretch.hasOlder || told.isCut }
      if asked != nil, told.isCut || told.size < asked ?? 0 { stretch.gaps.append(LogGap(part, .cut)) }
    }
    // Of a stream that it doesn't keep supervisor answers as of one into which nothing was written.
    if mark == nil, !silent.isEmpty {
      let all = try? value(of: await call("supervisor.getAllConfigInfo", [], until: end)).list
      stretch.gaps += Self.unkept(silent, of: service.identity.id, in: all ?? [])
    }
    return stretch
  }

  /// The whole lines of what was read up to `size`, and where the next one begins.
  ///
  /// The first line of what does not begin where it was asked for has lost its beginning. A file that is shorter than it
  /// was (`size` below what was asked for) was begun anew: it is read from its beginning at once.
  nonisolated static func lines(
    of text: [UInt8],
    endingAt size: Int,
    asked: Int?,
    isCut: Bool
  ) -> (lines: [[UInt8]], next: Int) {
    if let asked, size < asked { return ([], 0) }
    let whole = isCut ? text.drop { $0 != 0x0A }.dropFirst() : text[...]
    guard let last = whole.lastIndex(of: 0x0A) else { return ([], size - whole.count) }
    let lines = whole[..<last].split(separator: 0x0A, omittingEmptySubsequences: false)
    return (lines.map { given($0) }, size - (whole.endIndex - last - 1))
  }

  /// A line as it was before ``read(_:of:from:until:)`` made XML of it, without the end of line of DOS.
  private nonisolated static func given(_ line: ArraySlice<UInt8>) -> [UInt8] {
    (line.last == 0x20 ? line.dropLast() : line).map { $0 == escapeStandIn ? 0x1B : $0 }
  }

  /// Stands for ESC, which is no XML.
  private nonisolated static let escapeStandIn: UInt8 = 0x7F

  /// The bytes of a stream from an offset on (nil: its end), or only its end where that is more than is read at once
  /// (`isCut`), and how long the stream is.
  ///
  /// Whatever offset it is asked for supervisor answers with the end of the stream, as long as it was asked for: what is
  /// new is the last of that.
  private func read(
    _ stream: String,
    of name: String,
    from offset: Int?,
    until end: MonotonicTime
  ) async throws(SourceFailure) -> (text: [UInt8], size: Int, isCut: Bool) {
    var told = try await self.end(
      of: stream,
      name,
      offset,
      offset == nil ? Self.stretchCap : Self.firstStretch,
      until: end
    )
    if let offset, told.size - offset > told.text.count {
      // Half as much again: it goes on being written.
      let length = min(Self.stretchCap, (told.size - offset) * 3 / 2)
      told = try await self.end(of: stream, name, offset, length, until: end)
    }
    let (new, had) = (told.size - (offset ?? 0), told.text.count)
    return (Array(told.text.suffix(max(0, new))), told.size, new > had)
  }

  /// The last bytes of a stream, and how long it is; none if it is no longer than `offset`.
  ///
  /// Each byte of it is one byte here, so that they can be counted: what is no XML stands as a question mark, ESC as DEL,
  /// CR, which XML takes away, as a space.
  private func end(
    of stream: String,
    _ name: String,
    _ offset: Int?,
    _ most: Int,
    until end: MonotonicTime
  ) async throws(SourceFailure) -> (text: [UInt8], size: Int) {
    let method = "supervisor.tailProcess\(stream)Log"
    var length = most
    while true {
      do throws(SourceFailure) {
        let words: [XMLRPCValue] = [.text(name), .integer(offset ?? 0), .integer(length)]
        let reply = try await call(method, words, until: end) { Self.cleaned($0) }
        let answer = try value(of: reply).list ?? []
        guard answer.count == 3, let text = answer[0].text, let size = answer[1].integer,
          (0...Self.longestLog).contains(size)
        else {
          throw SourceFailure(.unreadable, at: descriptor.address, detail: "not the reply of \(method)")
        }
        return (Array(text.utf8), size)
      } catch {
        // It fails where the cut falls into the middle of a character (an uncaught UnicodeDecodeError).
        guard error.code == .status(500), length > most - 3 else { throw error }
        length -= 1
      }
    }
  }

  /// Bytes as they can stand in XML, each of them one byte.
  private nonisolated static func cleaned(_ bytes: [UInt8]) -> [UInt8] {
    bytes.map { byte in
      switch byte {
      case 0x1B: escapeStandIn
      case 0x0D: 0x20
      case 0x09, 0x0A, 0x20...: byte
      default: 0x3F
      }
    }
  }

  /// The lines of streams since a time, a tail without lines that tells what is not known of them, and how many streams
  /// were ever written to.
  nonisolated static func timed(
    _ streams: [String: [SafeText]],
    _ since: WallTime
  ) -> (lines: [String: [SafeText]], tail: LogTail, written: Int) {
    let written = streams.filter { !$0.value.isEmpty }
    var (kept, tail) = ([String: [SafeText]](), LogTail(lines: []))
    // Most programs write to one of the two: an empty one beside it was never written to. If both are, nobody knows
    // whether there was something before supervisor began a new file.
    if written.isEmpty { tail.gaps.append(LogGap("", .beginsLater(nil))) }
    for (name, lines) in written.sorted(by: { $0.key < $1.key }) {
      guard let told = LineTimes.since(since, of: lines.map(\.string)) else {
        tail.gaps.append(LogGap(name, .timeless))
        continue
      }
      kept[name] = Array(lines[told.first...])
      tail.untimed += told.untimed
      tail.assumedZone = told.assumedZone.map { SafeText($0) } ?? tail.assumedZone
      // What is older than the oldest that supervisor gives may have been written since, too.
      if told.begins >= since { tail.gaps.append(LogGap(name, .beginsLater(told.begins))) }
    }
    return (kept, tail, written.count)
  }

  /// Which of a process' silent streams go nowhere that can be read, by the reply of `getAllConfigInfo`.
  ///
  /// `none` keeps nothing, and what goes to a device (`/dev/stdout`) can't be read back. One that isn't told of may be
  /// either.
  nonisolated static func unkept(
    _ streams: [String],
    of identity: String,
    in programs: [XMLRPCValue]
  ) -> [LogGap] {
    let program = programs.first { program in
      "\(program["group"]?.text ?? ""):\(program["name"]?.text ?? "")" == identity
    }
    return streams.compactMap { stream in
      if stream == "stderr", program?["redirect_stderr"] == .flag(true) { return nil }
      guard let file = program?["\(stream)_logfile"]?.text else {
        return LogGap(stream, .unreadable("supervisor doesn't tell whether it is kept"))
      }
      return file == "none" || file.isEmpty || file.hasPrefix("/dev/") ? LogGap(stream, .notKept) : nil
    }
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
        var tail = LogTail(
          ofOneMore: whole.isEmpty ? bytes[...] : whole,
          most: most,
          part: stream.lowercased()
        )
        if isCut, !tail.gaps.contains(where: { $0.reason == .cut }) {
          tail.gaps.append(LogGap(stream.lowercased(), .cut))
        }
        return tail
      } catch {
        // It fails where the cut falls into the middle of a character (an uncaught UnicodeDecodeError).
        guard error.code == .status(500), length > Self.logCap - 3 else { throw error }
        length -= 1
      }
    }
  }
}
