import DataSources
import Facts
import Operations
import Panels

/// `run show`: everything that was recorded of one run or execution.
@LoopActor final class RunShowCommand {
  private let session: Session
  private let arguments: Arguments

  /// Takes an open session that doesn't poll yet; only the databases are asked.
  init(_ session: Session, _ arguments: Arguments) {
    self.session = session
    self.arguments = arguments
  }

  /// Prints it as the first database tells it that knows it.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let id = arguments.words[0].lowercased()
    guard Self.isID(id) else {
      throw ConsoleFailure(
        message:
          "switchboard: run show takes the whole id of a run or an execution, as `runs failed` lists it",
        code: .usage
      )
    }
    let sources = session.connections.sources(offering: PostgresSource.self)
    guard !sources.isEmpty else {
      throw ConsoleFailure(message: "switchboard: no postgres source is configured", code: .unavailable)
    }
    var failures: [SourceFailure] = []
    for source in sources {
      guard let database = session.connections.offer(PostgresSource.self, of: source) else { continue }
      do throws(SourceFailure) {
        show(try await database.runDetail(id: id))
        return .ok
      } catch {
        failures.append(error)
      }
    }
    // That one database hasn't it says nothing while another is silent.
    guard let failure = failures.first(where: { $0.code != .notFound }) else {
      throw ConsoleFailure(
        message: "switchboard: no run or execution has the id \(SafeText(id))",
        code: .noData
      )
    }
    throw ConsoleFailure(
      message:
        "switchboard: \(failure.word) at \(SafeText(failure.address)): \(SafeText(failure.detail))\n\(failure.advice)",
      code: .unavailable
    )
  }

  /// Whether a text is a UUID in its usual form.
  nonisolated static func isID(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.map(\.count) == [8, 4, 4, 4, 12]
      && parts.joined().allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
  }

  private func show(_ run: RunDetail) {
    if arguments.has(.json) { return Output.line(Self.json(run).text) }
    let now = LoopActor.now()
    let context = PanelContext(world: World(), now: now, clock: .utc)
    for line in RunLines.lines(of: run, context) { Output.line("\(line.plain)") }
  }

  // MARK: JSON

  private static func json(_ run: RunDetail) -> JSONBody {
    .object([
      .init("id", .string(run.id)), .init("cut", .bool(run.isCut)),
      .init("executions", .array(run.executions.map(json))),
    ])
  }

  private static func json(_ execution: ExecutionDetail) -> JSONBody {
    .object([
      .init("id", .string(execution.id)), .init("scenario", text(execution.scenario)),
      .init("status", .string(execution.status.string)), .init("error", text(execution.error)),
      .init("created_at", .string(Format.timestamp(execution.createdAt))),
      .init("duration_s", seconds(execution.duration)), .init("steps", .array(execution.steps.map(json))),
    ])
  }

  private static func json(_ step: StepDetail) -> JSONBody {
    .object([
      .init("order", .integer(step.order)), .init("said", text(step.utterance)),
      .init("heard", text(step.transcription)), .init("answer", text(step.response)),
      .init("kind", text(step.commandKind)), .init("response_s", seconds(step.responseTime)),
      .init("error", text(step.error)), .init("validations", .array(step.validations.map(json))),
    ])
  }

  private static func json(_ validation: ValidationDetail) -> JSONBody {
    .object([
      .init("id", .string(validation.id)), .init("score", validation.score.map { .number($0) } ?? .null),
      .init("asr_score", validation.asrScore.map { .number($0) } ?? .null),
      .init("review_status", text(validation.reviewStatus)), .init("decision", text(validation.decision)),
      .init("language", text(validation.language)),
      .init("errors", .array(validation.errors.map { .string($0.string) })),
      .init("created_at", .string(Format.timestamp(validation.createdAt))),
    ])
  }

  private static func text(_ text: SafeText?) -> JSONBody { text.map { .string($0.string) } ?? .null }

  private static func seconds(_ duration: Duration?) -> JSONBody {
    duration.map { .number($0.seconds) } ?? .null
  }
}
