import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// What can't be acted on because nothing is called so: told at once, and never guessed.
struct KnownNamesTests {
  private func known(_ robot: Robot, _ kinds: TargetKind...) -> KnownNames {
    KnownNames(
      kinds,
      in: robot.state.monitor.world,
      at: robot.now,
      settings: kinds == [.service] ? ["idle"] : []
    )
  }

  private func failure(
    _ robot: Robot,
    _ kind: TargetKind,
    _ word: String,
    isOver: Bool = false
  ) -> ConsoleFailure? {
    known(robot, kind).failure(word, isOver: isOver)
  }

  @Test func aNameThatNothingBearsIsASlipOfTheHand() {
    let robot = Robot.heard()
    for (kind, word, message) in [
      (TargetKind.service, "nope", "switchboard: no service is called nope"),
      (.service, "postgrse", "switchboard: no service is called postgrse; did you mean 'postgres'?"),
      (.queue, "celry", "switchboard: no queue is called celry; did you mean 'celery'?"),
      (.run, "0d1b", "switchboard: no run is called 0d1b"),
    ] {
      let failure = failure(robot, kind, word)
      #expect(failure?.message == message)
      #expect(failure?.code == .usage)
    }
    for (kind, word) in [
      (TargetKind.service, "postgres"), (.service, "idle"), (.queue, "celery"),
      (.run, "0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70"),
    ] {
      #expect(failure(robot, kind, word, isOver: true) == nil)
    }
  }

  @Test func whatIsNotKnownYetIsWaitedForAndThenSaid() {
    var robot = Robot()
    #expect(failure(robot, .service, "nope") == nil)
    let over = failure(robot, .service, "nope", isOver: true)
    #expect(over?.code == .unavailable)
    #expect(over?.message.contains("whether there is a service nope can't be found out") == true)
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.hear()
    #expect(failure(robot, .service, "nope")?.code == .usage)
    #expect(failure(robot, .run, "nope") == nil)
    let silent = failure(robot, .run, "nope", isOver: true)
    #expect(
      silent?.code == .unavailable && silent?.message.contains("refused") == true,
      "\(silent?.message ?? "")"
    )
  }

  @Test func allThatWaitsIsEveryRowThatIsNotWell() {
    let robot = Robot.heard()
    #expect(known(robot, .run, .execution).waiting == ["0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70"])
    #expect(known(Robot(), .run, .execution).silence("which there are")?.code == .unavailable)
  }

  @Test func aListThatIsCutIsSaidToBeOne() {
    var robot = Robot.heard()
    var runs = RunsSnapshot(table: "suite_runs", window: .seconds(86_400), total: 431, rows: [])
    let origin = Origin(source: "postgres", query: "")
    func tell() {
      let reading = SourceReading(
        [Observation("runs.attention", .number(431), state: .warn, kind: .health, origin: origin)],
        snapshots: [runs]
      )
      robot.send(
        .reports([
          SourceReport(
            source: "postgres",
            startedAt: robot.now,
            endedAt: robot.now,
            result: .success(reading)
          )
        ])
      )
    }
    tell()
    let cut = failure(robot, .run, "nope")
    #expect(cut?.code == .usage && cut?.message == "switchboard: no run that is listed is called nope")
    runs.total = 0
    tell()
    #expect(failure(robot, .run, "nope")?.message == "switchboard: no run is called nope")
  }

  @Test func aQueueIsFoundByItsName() {
    var world = World()
    let depth = Observation("queue.celery.depth", .number(3), origin: Origin(source: "rabbitmq", query: ""))
    world.apply(
      SourceReport(
        source: "rabbitmq",
        startedAt: ScriptedStack.start,
        endedAt: ScriptedStack.start,
        result: .success(SourceReading([depth]))
      )
    )
    let facts = FactView(world.facts, at: ScriptedStack.start.monotonic)
    let hint = CheckCommand.queueHint("celery", among: facts)
    #expect(hint == "; there is a queue of that name: check 'queue.celery.depth'")
    #expect(CheckCommand.queueHint("celery-worker", among: facts) == nil)
  }

  @Test(arguments: [
    ("pass", "; did you mean 'runs.success_rate_5m' (pass rate)?"),
    ("pass rate", "; did you mean 'runs.success_rate_5m' (pass rate)?"),
    ("Success", "; did you mean 'runs.success_rate_5m' (pass rate)?"),
    ("low conf", "; did you mean 'validations.low_24h' (low scores)?"),
    ("bakend", "; did you mean 'backend'?"),
    ("liveness", "; did you mean 'service.backend.liveness'?"),
    ("zzz", ""), ("x", ""),
  ]) func aFactIsFoundByWhatPeopleCallIt(word: String, hint: String) {
    let names = ["backend", "service.backend.liveness", "runs.success_rate_5m", "validations.low_24h"]
    #expect(HeadlessSession.hint(word, among: names) == hint)
  }

  @Test func helpOfCheckNamesWhatTheHeaderSaysInItsOwnWords() {
    let help = HelpText.command(.check)
    for fact in CalledFacts.all {
      let words = fact.words.joined(separator: ", ")
      #expect(help.split(separator: "\n").contains { $0.contains("\(fact.name) ") && $0.hasSuffix(words) })
    }
    #expect(CalledFacts.all.contains { $0.name == "runs.success_rate_5m" && $0.words.contains("pass rate") })
    #expect(HelpText.command(.status).contains("\"counted\""))
  }
}
