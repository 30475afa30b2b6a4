public import DataSources
internal import Facts

/// Shows the last lines that a service has written, all of them or those that hold a pattern.
@LoopActor public struct LastLines: Action {
  /// What is read.
  public struct Details: Sendable, Hashable {
    /// The service, as it ran when it was asked for.
    public var service: ServiceReading
    /// How many of its lines are looked through.
    public var count: Int
    /// Since when; nil: however old they are.
    public var start: LogStart?
    /// What a line must hold, as a regular expression of PCRE2; nil: any line is shown.
    public var match: String?
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "service.logs",
    title: "last lines",
    doing: "reading the log",
    key: "l",
    targets: [.service],
    danger: .always(.look),
    help: "show the last lines that this service has written",
    command: "logs",
    arguments: [
      .init(
        "lines",
        help: "its last lines, 1 to 1000 (200), or those since a time: 5m, 2h, 2026-11-28T05:00:00Z"
      ),
      .init("match", help: "only those that hold this regular expression of PCRE2"),
    ]
  )

  private static let usual = 200
  private static let most = 1_000

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the service that is meant.
  /// - Throws: it is gone, nothing runs it, or the pattern is none.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let (runtime, readings) = try await ServiceActs(services: services).readings()
    let service = try ServiceTargets(readings: readings).find(request.target)
    let told = request.arguments["lines"]
    let start = told.flatMap(LogStart.init)
    let count = start != nil ? Self.most : told.map { Int($0) ?? 0 } ?? Self.usual
    guard (1...Self.most).contains(count) else {
      let most = SafeText(Format.count(Double(Self.most)))
      throw .notPossible(
        "lines is a number from 1 to \(most), or since when: 5m, 2h, or an instant with its zone, 2026-11-28T05:00:00Z"
      )
    }
    let match = request.arguments["match"]
    if let match {
      do throws(LinePattern.Failure) {
        _ = try LinePattern(match)
      } catch {
        throw .notPossible("match: \(Self.words(error))")
      }
    }
    let kept = match.map { " that hold \($0)" } ?? ""
    let since = start == nil ? "" : " since \(told ?? "")"
    let words = "the last \(count) lines of \(service.name)\(since)\(kept)"
    return Draft(
      target: request.target,
      danger: .look,
      title: "LAST LINES \(SafeText(request.target.name))",
      rows: [PlanRow("run", SafeText("\(words), from \(runtime.title)"))],
      exact: words,
      proof: "nothing to prove: it only looks",
      details: Details(service: service, count: count, start: start, match: match)
    )
  }

  /// Reads them.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    let verdict = await verdict(of: details)
    return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
  }

  private func verdict(of details: Details) async -> Verdict {
    guard let runtime = services.runtime else { return Verdict(.unknown, "nothing runs the services") }
    let tail: LogTail
    let since = details.start?.time(at: services.clock.now().wall)
    do throws(SourceFailure) {
      tail = try await runtime.logs(of: details.service, tail: details.count, since: since)
    } catch {
      let told = "\(runtime.title) \(error.word): \(error.detail)"
      return Verdict(.unknown, SafeText(told, limit: 300))
    }
    let (lines, match) = (tail.lines, details.match)
    switch await LoopActor.onThreadPool({ Self.kept(lines, match) }) {
    case .failure(let failure): return Verdict(.failed, "match: \(Self.words(failure))")
    case .success(let kept):
      let seen = SafeText(Format.count(Double(lines.count)))
      let shown = SafeText(Format.count(Double(kept.count)))
      var words: SafeText = match == nil ? "\(seen) lines" : "\(shown) of the last \(seen) lines"
      if let since { words = "\(words) since \(SafeText(Format.timestamp(since)))" }
      // What could not be read is no silence: lines that were looked for may be there.
      let unread = tail.gaps.filter(\.isUnread)
      let isUnknown = !unread.isEmpty || since != nil && kept.isEmpty && !tail.gaps.isEmpty
      var verdict = Verdict(isUnknown ? .unknown : .done, words)
      // Of the last lines, however old, there are older ones by their nature.
      let remarks = since == nil ? unread.map(\.sentence) : tail.remarks
      verdict.caution =
        remarks.isEmpty ? nil : SafeText(remarks.map(\.string).joined(separator: ", "), limit: 300)
      verdict.output = kept
      return verdict
    }
  }

  private nonisolated static func kept(
    _ lines: [SafeText],
    _ match: String?
  ) -> Result<[SafeText], LinePattern.Failure> {
    guard let match else { return .success(lines) }
    do throws(LinePattern.Failure) {
      let found = try LinePattern(match).matches(lines.map(\.string))
      return .success(zip(lines, found).compactMap { $1 ? $0 : nil })
    } catch {
      return .failure(error)
    }
  }

  private static func words(_ failure: LinePattern.Failure) -> SafeText {
    SafeText(failure.offset.map { "\(failure.message) at \($0 + 1)" } ?? failure.message)
  }

  /// It only looks.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Nothing is changed.
  public func touches(_ details: Details) -> [String] { [] }
}
