import DataSources
import Facts
import Operations
import Testing

@testable import Panels

/// Two brokers and two databases in one environment: all of both is shown, each row with its source.
@Suite struct SeveralSourcesClaims {
  private static func second(_ id: String, declares name: FactName) -> SourceDescriptor {
    var descriptor = SourceDescriptor(
      id: id,
      kind: id,
      address: "http://localhost",
      interval: .seconds(5),
      deadline: .seconds(2),
      declares: [FactDeclaration(name.qualified(by: id), kind: .health)]
    )
    descriptor.qualifier = id
    return descriptor
  }

  private static func qualified(_ observations: [Observation], _ source: String) -> [Observation] {
    observations.map { observation in
      var observation = observation
      observation.name = observation.name.qualified(by: source)
      observation.origin.source = source
      return observation
    }
  }

  /// A busy world in which a second broker and a second database tell of queues and runs of the same names.
  private static func monitor(isHeard: Bool = true) -> Monitor {
    var monitor = Fixture.busy()
    monitor.introduce([
      second("orders", declares: "queue.depth"), second("archive", declares: "runs.attention"),
    ])
    guard isHeard else { return monitor }
    monitor.apply(
      Fixture.report(
        "orders",
        at: Fixture.ago(1),
        qualified(Fixture.queueFacts(depth: 3, orphan: 0), "orders"),
        snapshots: [Fixture.queues(depth: 3, orphan: 0)]
      )
    )
    monitor.apply(
      Fixture.report(
        "archive",
        at: Fixture.ago(1),
        qualified(Fixture.database(latency: nil, runs: 1, low: 0), "archive"),
        snapshots: [Fixture.runs, Fixture.validations]
      )
    )
    monitor.tick(at: Fixture.now)
    return monitor
  }

  private func items(_ view: ViewID, _ context: PanelContext) -> [PanelItem] {
    Array(PanelCatalog.standard.panel(view).items(PanelLocal(), context))
  }

  @Test func queuesOfBothBrokersStandInOneListAndSayWhose() throws {
    let context = Fixture.context(Self.monitor())
    let queues = items(.queues, context).filter { $0.kind == .queue }
    #expect(
      queues.map(\.title.string) == [
        "rabbitmq: celery", "rabbitmq: default", "orders: celery", "orders: default",
      ]
    )
    #expect(queues.map(\.name) == ["celery", "default", "orders:celery", "orders:default"])
    #expect(Set(queues.map(\.id)).count == 4)
    #expect(queues[0].state == .crit && queues[2].state == .ok)
    #expect(queues[2].facts.first == "orders.queue.depth")
    #expect(queues[2].source == "orders")
    let alone = items(.queues, Fixture.context(Fixture.busy())).filter { $0.kind == .queue }
    #expect(alone.map(\.title.string) == ["celery", "default"])
    #expect(alone.allSatisfy { $0.source == nil })
  }

  @Test func rowsOfBothDatabasesStandInOneListEachWithItsOwnDetail() throws {
    var context = Fixture.context(Self.monitor())
    for view in [ViewID.runs, .validations] {
      let rows = items(view, context)
      let own = items(view, Fixture.context(Fixture.busy()))
      #expect(rows.count == 2 * own.count && !own.isEmpty)
      #expect(Set(rows.map(\.id)).count == rows.count, "the same row of both is one")
      #expect(Set(rows.compactMap(\.source)) == ["postgres", "archive"])
      // Each is asked for by the id that its database knows.
      #expect(Set(rows.map(\.name)) == Set(own.map(\.name)))
      #expect(own.allSatisfy { $0.source == nil && $0.id == $0.name })
    }
    let row = try #require(items(.runs, context).first { $0.source == "archive" })
    context.details = [row.id: .loaded(Fixture.detail)]
    var local = PanelLocal()
    local.detail = row.id
    #expect(PanelCatalog.standard.panel(.runs).page(local, context)?.title == row.title)
  }

  @Test func oneBrokerThatIsNotHeardYetMakesNothingGreen() {
    let context = Fixture.context(Self.monitor(isHeard: false))
    let queues = PanelCatalog.standard.panel(.queues)
    #expect(queues.state(context) != .ok)
    let source = PanelSource.worst(of: QueuesPanel.feeds(context))
    #expect(source?.id == "orders")
    #expect(source?.isLive == false)
    #expect(items(.queues, context).contains { $0.title == "rabbitmq: celery" })
  }

  @Test func aBrokerThatFailsIsNamedBesideOneThatIsWell() {
    var monitor = Self.monitor()
    monitor.apply(
      Fixture.failure("orders", .refused, since: 1, address: "http://localhost:15673")
    )
    monitor.tick(at: Fixture.now)
    let context = Fixture.context(monitor)
    let source = PanelSource.worst(of: QueuesPanel.feeds(context))
    #expect(source?.id == "orders" && source?.state == .error)
    let queues = items(.queues, context).filter { $0.kind == .queue }
    #expect(queues.map(\.state) == [.crit, .crit, .error, .error])
    #expect(PanelCatalog.standard.panel(.queues).state(context) != .ok)
  }

  /// What a panel's tile shows, in one text.
  private func shown(_ view: ViewID, _ context: PanelContext) -> String {
    var buffer = CellBuffer(width: 110, height: 20)
    let area = buffer.bounds
    PanelCatalog.standard.panel(view).render(
      PanelLocal(),
      context,
      isFocused: false,
      into: &buffer,
      area: area
    )
    return (0..<buffer.height).map { y in
      (0..<buffer.width).map { buffer.text(at: Point(x: $0, y: y)) }.joined()
    }.joined(separator: "\n")
  }

  @Test func aTotalOfSourcesOfWhichOneWasNeverHeardIsTheLeastThereCanBe() {
    let whole = Fixture.context(Self.monitor())
    #expect(!whole.world.known("runs.attention", whole.now.monotonic).isLeast)
    for (view, fact, words) in [
      (ViewID.runs, "runs.attention", "need attention"), (.validations, "validations.low_24h", " of "),
    ] as [(ViewID, FactName, String)] {
      var monitor = Fixture.busy()
      monitor.introduce([Self.second("archive", declares: fact)])
      let part = Fixture.context(monitor)
      #expect(part.world.known(fact, part.now.monotonic).isLeast)
      func line(_ context: PanelContext) -> Substring? {
        shown(view, context).split(separator: "\n").first { $0.contains(words) }
      }
      #expect(line(part)?.contains("≥ ") == true, "\(view)")
      #expect(line(whole)?.contains("≥ ") == false, "\(view)")
    }
  }

  @Test func aTotalWithoutASourceThatFailsIsNotTheWhole() {
    var monitor = Self.monitor()
    monitor.apply(Fixture.failure("archive", .refused, since: 1, address: "postgresql://archive"))
    let context = Fixture.context(monitor)
    let now = context.now.monotonic
    let all = context.world.known("runs.stuck", now)
    #expect(all.isLeast && all.sum == context.world.facts.fact("runs.stuck", at: now)?.knownValue?.number)
    #expect(shown(.runs, context).contains("≥ 37 runs need attention  ≥ 1 stuck"))
  }

  @Test func aSourceThatFailsLeavesNoPeaceBesideOneThatIsWell() {
    var monitor = Self.monitor()
    monitor.apply(
      Fixture.report(
        "postgres",
        at: Fixture.ago(1),
        Fixture.database(latency: nil, runs: 0, low: 0),
        snapshots: [Fixture.noRuns]
      )
    )
    monitor.apply(Fixture.failure("archive", .refused, since: 1, address: "postgresql://archive"))
    let text = shown(.runs, Fixture.context(monitor))
    #expect(text.contains("≥ 0 runs need attention") && !text.contains("No run"), "\(text)")
  }

  @Test func theOnlySourceThatFailsLeavesItsLastNumberAsItWas() {
    let context = Fixture.context(Fixture.down())
    #expect(!context.world.known("runs.attention", context.now.monotonic).isLeast)
    let text = shown(.runs, context)
    #expect(text.contains("37 runs need attention") && !text.contains("≥"), "\(text)")
  }
}
