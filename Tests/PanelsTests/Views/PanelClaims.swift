import Facts
import Operations
import Testing

@testable import Panels

/// What panels promise beside their looks.
@Suite struct PanelClaims {
  private static let items = PanelItems(
    ["a", "b", "c", "d"].map { PanelItem(id: $0, kind: .service, name: $0, title: SafeText($0), state: .ok) }
  )

  @Test func selectionFollowsItsItem() {
    var local = PanelLocal()
    local.select(2, in: Self.items)
    #expect(local.selection == "c")
    let moved: PanelItems = [Self.items[2], Self.items[0]]
    #expect(local.settled(in: moved).selection == "c")
    #expect(local.settled(in: moved).selectionIndex == 0)
  }

  @Test func vanishedSelectionPassesToTheNearest() {
    var local = PanelLocal()
    local.select(2, in: Self.items)
    #expect(local.settled(in: [Self.items[0], Self.items[1], Self.items[3]]).selection == "d")
    #expect(local.settled(in: [Self.items[0]]).selection == "a")
    #expect(local.selectedIndex(in: []) == nil)
  }

  @Test func itemsComeInDrawingOrder() {
    for world in ["busy", "down"] {
      for view in PanelCatalog.standard.tiles {
        var model = ScreenPictures.model(world, 120, 40)
        model.view = view
        let panel = PanelCatalog.standard.panel(view)
        let titles = panel.items(PanelLocal(), model.context).map(\.title.string)
        let text = lines(of: ScreenRenderer.render(model)).dropFirst(3).joined(separator: "\n")
        var rest = Substring(text)
        for title in titles {
          let head = String(title.prefix(8))
          guard let range = rest.firstRange(of: head) else {
            Issue.record("\(view): \(title) is not below the one before")
            return
          }
          rest = rest[range.lowerBound...].dropFirst()
        }
      }
    }
  }

  @Test func selectedItemIsAlwaysSeen() {
    for view in PanelCatalog.standard.tiles {
      for height in [7, 9, 12, 24] {
        var model = ScreenPictures.model("busy", 80, height)
        model.view = view
        let items = PanelCatalog.standard.panel(view).items(PanelLocal(), model.context)
        for index in items.indices {
          var local = PanelLocal()
          local.select(index, in: items)
          model.locals[view] = local
          let screen = ScreenRenderer.render(model)
          let lit = (0..<height).contains { y in
            screen.cell(at: Point(x: 6, y: y))?.style.background == .selection && y > 1
          }
          #expect(lit, "\(view) \(index) at height \(height)")
        }
      }
    }
  }

  @Test(arguments: [true, false]) func whatADatabaseRefusesIsNeitherLiveNorEmpty(wasRead: Bool) {
    var monitor = wasRead ? Fixture.calm() : Fixture.monitor()
    let told = (["runs.attention", "validations.low_24h"] as [FactName]).map {
      Observation(
        $0,
        nil,
        state: .error,
        word: "42883 operator does not exist",
        kind: .health,
        origin: Origin(
          source: "postgres",
          query: "SELECT …",
          excerpt: "42883 operator does not exist: uuid = integer"
        )
      )
    }
    monitor.apply(Fixture.report("postgres", at: Fixture.ago(1), told))
    monitor.tick(at: Fixture.now)
    for view in [ViewID.runs, .validations] {
      var model = Fixture.model(monitor, width: 100, height: 24)
      model.view = view
      let panel = PanelCatalog.standard.panel(view)
      #expect(panel.state(model.context) == .error)
      let screen = lines(of: ScreenRenderer.render(model))
      let tile = Self.list(of: screen)
      #expect(!tile.contains { $0.contains(" live ─") || $0.contains("● 0") }, "\(screen)")
      let body = screen.joined(separator: "\n")
      #expect(body.contains("ERROR 42883 operator does not exist"))
      #expect(body.contains("it said: 42883 operator does not exist: uuid = integer"))
      #expect(screen.first?.contains("ERROR") == true, "\(screen.first ?? "")")
    }
  }

  @Test func noDataIsNeverZero() {
    for view in PanelCatalog.standard.tiles {
      var model = ScreenPictures.model("starting", 80, 24)
      model.view = view
      let body = lines(of: ScreenRenderer.render(model)).dropFirst(2).dropLast()
      #expect(body.contains { $0.contains("NO DATA starting") }, "\(view)")
      #expect(!body.contains { $0.contains("0") }, "\(view)")
      #expect(PanelCatalog.standard.panel(view).summary(model.context) != "0")
    }
  }

  @Test func failingSourceTellsWhatWhereSinceWhenAndWhatToTry() {
    var model = ScreenPictures.model("down", 120, 40)
    model.view = .runs
    let text = lines(of: ScreenRenderer.render(model)).joined(separator: "\n")
    for part in [
      "ERROR refused", "postgresql://localhost:5433", "since 22:20:50", "the service postgres: ",
      "O leads there", "last values",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(RunsPanel().state(model.context) == .error)
  }

  @Test func noticeNeverLeavesOutTheAgeOfTheValuesBelow() {
    for (width, height) in [(160, 48), (120, 40), (100, 30)] {
      let text = lines(of: ScreenRenderer.render(ScreenPictures.model("down", width, height)))
      let notices = text.filter { $0.contains("ERROR refused  since 22:20:50") }.count
      #expect(notices >= 1, "\(width)x\(height)")
      #expect(text.filter { $0.contains("last values, 3s old:") }.count == notices, "\(width)x\(height)")
    }
  }

  @Test func queueOfWorkUnderWayIsNoWaitingQueue() {
    var queue = QueuesSnapshot.Queue(
      vhost: "voiceai",
      name: "celery",
      ready: 0,
      unacked: 2,
      consumers: 1,
      publishRate: 2,
      ackRate: 2
    )
    func words(_ queue: QueuesSnapshot.Queue) -> String {
      let words = QueueWords(queue: queue, oldest: .seconds(0), state: .ok)
      return words.parts.map(\.plain.string).joined(separator: " ")
    }
    #expect(words(queue).contains("nothing waits"))
    let held = QueueWords(
      queue: queue,
      oldest: nil,
      state: .warn,
      told: "2 unacked, none acknowledged for 5m"
    )
    #expect(held.parts.map(\.plain).contains("2 unacked, none acknowledged for 5m"))
    var role = QueuesSnapshot.Queue(vhost: "voiceai", name: "dead", ready: 0, unacked: 2, consumers: 0)
    role.isDeadLetterTarget = true
    let told = QueueWords(queue: role, oldest: nil, state: .ok, told: SafeText(role.role.rawValue))
    #expect(told.parts.map(\.plain).contains("nothing waits"), "its kind is told already")
    queue.ready = 3
    #expect(!words(queue).contains("never"), "one sample of the rates is no trend")
    queue.lately = QueuesSnapshot.Queue.Rates(published: 2, acked: 2, span: .seconds(60))
    #expect(words(queue).contains("never at this rate"))
  }

  /// A queue whose messages are held, as its row tells it.
  private func held(_ state: FactState, _ word: String) throws -> [String] {
    let queue = QueuesSnapshot.Queue(vhost: "voiceai", name: "celery", ready: 0, unacked: 3, consumers: 1)
    var monitor = Fixture.busy()
    monitor.apply(
      Fixture.report(
        "rabbitmq",
        at: Fixture.ago(1),
        [
          Observation(
            "queue.depth",
            .number(3),
            state: state,
            word: word,
            kind: .health,
            origin: Origin(source: "rabbitmq", query: "")
          )
        ],
        snapshots: [QueuesSnapshot(vhost: "voiceai", mainQueue: "celery", queues: [queue], hidden: 0)]
      )
    )
    let row = try #require(QueueRow.rows(Fixture.context(monitor)).first)
    try #require(row.state == state)
    return QueueWords(queue: queue, oldest: nil, state: row.state, told: row.told).parts.map(\.plain.string)
  }

  @Test func aQueueInTroubleStandsAboveOneThatIsWell() {
    let well = QueuesSnapshot.Queue(vhost: "voiceai", name: "celery", ready: 0, unacked: 0, consumers: 1)
    let next = QueuesSnapshot.Queue(vhost: "voiceai", name: "audit", ready: 0, unacked: 0, consumers: 1)
    let orphan = QueuesSnapshot.Queue(vhost: "voiceai", name: "default", ready: 9, unacked: 0, consumers: 0)
    var monitor = Fixture.calm()
    let snapshot = QueuesSnapshot(
      vhost: "voiceai",
      mainQueue: "celery",
      queues: [well, next, orphan],
      hidden: 0
    )
    monitor.apply(Fixture.report("rabbitmq", at: Fixture.ago(1), [], snapshots: [snapshot]))
    let rows = QueueRow.rows(Fixture.context(monitor)).filter { $0.queue != nil }
    #expect(rows.map(\.name) == ["default", "celery", "audit"])
    #expect(rows.first?.state == .crit)
  }

  @Test func queueWhoseMessagesAreHeldNeverSaysThatNothingWaits() throws {
    let word = "3 unacked, none acknowledged for 40s"
    for state in [FactState.ok, .warn] {
      let parts = try held(state, word)
      #expect(parts.contains(word) && !parts.contains("nothing waits"), "\(state): \(parts)")
    }
    #expect(try held(.ok, "").contains("nothing waits"))
  }

  @Test(arguments: [(5_020.0, "5 s"), (6_010, "6 s"), (6_100, "6.1 s")])
  func headerAndTileTellTheSameOfTheProvider(latency: Double, text: String) {
    var monitor = Fixture.busy()
    monitor.apply(
      Fixture.report("postgres", at: Fixture.ago(1), Fixture.database(latency: latency, runs: 0, low: 0))
    )
    let context = Fixture.context(monitor)
    let header = context.health.phrases.flatMap(\.parts).map(\.text.string)
    #expect(header.contains("provider \(text)"), "\(header)")
    #expect(ProviderLatency(context).text.plain.string.hasSuffix("WARN provider p95 \(text)"))
  }

  @Test func shortNamesKeepWhatTellsThemApart() {
    #expect(ShortName.of("Category Run: Smart Home") == "…Smart Home")
    #expect(ShortName.of("Nightly") == "Nightly")
    #expect(ShortName.of("odd: ") == "odd: ")
  }

  @Test func refusedActIsNothingThatYouDid() {
    var context = Fixture.context(Fixture.calm())
    func told(isRefused: Bool) -> String {
      var entry = TimelineEntry(
        time: context.now.wall - .seconds(30),
        at: context.now.monotonic - .seconds(30),
        kind: .act,
        state: .ok,
        who: "you",
        text: "restart redis",
        subject: "redis"
      )
      entry.isRefused = isRefused
      let snapshot = TimelineSnapshot(entries: [entry])
      context.world.conclude(snapshot, by: "timeline", at: context.now.monotonic)
      return ByYou.text(service: "redis", context).plain.string
    }
    #expect(told(isRefused: false) == "30s ago")
    #expect(told(isRefused: true).isEmpty)
  }

  /// The busy world with some of its runs acknowledged.
  private static func acknowledging(_ count: Int, total: Int? = nil) throws -> Monitor {
    var monitor = Fixture.busy()
    var runs = try #require(monitor.world.snapshot(RunsSnapshot.self)).value
    runs.total = total ?? runs.total
    let at = Fixture.now.wall - .seconds(730)
    let entries = runs.rows.prefix(count).map {
      ($0.id, Acknowledgement(person: "ana", host: "ops1", at: at, sight: Acknowledgement.Sight($0)))
    }
    let known = Acknowledgements(Dictionary(uniqueKeysWithValues: entries))
    let facts = Fixture.database(latency: 900, runs: runs.total, low: 0)
    let attention = facts.filter { $0.name.segments.first == "runs" }
    monitor.apply([
      Fixture.report("postgres", at: Fixture.ago(1), attention, snapshots: [runs]),
      Fixture.report(AcknowledgementSource.id, at: Fixture.ago(1), snapshots: [known]),
    ])
    return monitor
  }

  /// The screen down to the end of its first tile: what stands below it is another view's.
  private static func list(of screen: [String]) -> [String] {
    Array(screen[...(screen.firstIndex { $0.hasPrefix("└") } ?? screen.count - 1)])
  }

  @Test func acknowledgedRunsStandBelowTheOthersAndSayByWhom() throws {
    var model = Fixture.model(try Self.acknowledging(2), width: 120, height: 24)
    model.view = .runs
    let panel = RunsPanel()
    let items = panel.items(PanelLocal(), model.context)
    #expect(items.suffix(2).map(\.state) == [.ok, .ok])
    #expect(items.dropLast(2).allSatisfy { $0.state == .warn })
    #expect(panel.summary(model.context) == "35")
    let screen = ScreenRenderer.render(model)
    let text = lines(of: screen)
    let head = text.first { $0.contains("35 runs need attention") }
    #expect(head?.contains("2 acknowledged") == true, "\(text)")
    let told = text.indices.filter { text[$0].contains("acknowledged by ana 12m ago") }
    #expect(told.count == 2)
    let list = Self.list(of: text)
    #expect(told.last == list.lastIndex { $0.contains(" failed ") || $0.contains(" completed ") }, "\(text)")
    for y in told {
      let roles = (2..<110).filter { screen.text(at: Point(x: $0, y: y)) != " " }
        .compactMap { screen.cell(at: Point(x: $0, y: y))?.style.role }
      #expect(roles.allSatisfy { $0 == .muted })
    }
    // However it is sorted, what waits stands above.
    var local = PanelLocal()
    for column in panel.sortColumns {
      local.sortColumn = column.index
      #expect(panel.items(local, model.context).suffix(2).map(\.state) == [.ok, .ok])
    }
    local = PanelLocal()
    local.detail = items.last?.id
    model.locals[.runs] = local
    let page = lines(of: ScreenRenderer.render(model)).joined(separator: "\n")
    #expect(page.contains("by ana 12m ago, a takes it back"))
  }

  @Test func listOfAcknowledgedRunsSaysThatNoneNeedsAttention() throws {
    var model = Fixture.model(try Self.acknowledging(7, total: 7), width: 120, height: 24)
    model.view = .runs
    let text = lines(of: ScreenRenderer.render(model))
    #expect(text.contains { $0.contains("● No run needs attention") && $0.contains("7 acknowledged") })
    #expect(text.contains { $0.contains("Nightly") })
    #expect(RunsPanel().summary(model.context) == "0")
    #expect(RunsPanel().state(model.context) == .ok)
  }

  /// Worlds in which something counts, one more with too few runs that pass.
  private static let troubled: [(name: String, model: ScreenModel)] = {
    var monitor = Fixture.calm()
    let origin = Origin(source: "postgres", query: "SELECT …")
    let rate = Observation(
      "runs.success_rate_5m",
      .number(0.349),
      state: .crit,
      kind: .health,
      origin: origin
    )
    monitor.apply(
      Fixture.report(
        "postgres",
        at: Fixture.ago(1),
        Fixture.database(latency: 900, runs: 0, low: 0) + [rate],
        snapshots: [Fixture.noRuns]
      )
    )
    return ["busy", "down", "starting", "stale", "empty", "hostile"].map {
      (name: $0, model: ScreenPictures.model($0, 160, 48))
    } + [(name: "failing", model: Fixture.model(monitor, width: 160, height: 48))]
  }()

  @Test(arguments: troubled.map(\.name)) func whatCountsIsFoundByTheKeyOfItsMarkedTab(world: String) throws {
    var model = try #require(Self.troubled.first { $0.name == world }).model
    let views: [Health.Area: ViewID] = [
      .services: .services, .queues: .queues, .runs: .runs, .validations: .validations,
    ]
    for item in model.context.health.counted where item.fact.state.severity > 0 {
      let state = item.fact.state
      model.view = try #require(views[item.area])
      let panel = PanelCatalog.standard.panel(model.view)
      // A tab has no mark before the first answer: then header and tile say that it starts.
      let isMarked = panel.state(model.context).severity >= state.severity
      #expect(isMarked || item.fact.word == "starting", "\(item.fact.name)")
      let rows = panel.items(PanelLocal(), model.context)
      let text = lines(of: ScreenRenderer.render(model)).dropFirst(2).joined(separator: "\n")
      let isRow = rows.contains { $0.facts.contains(item.fact.name) && $0.state.severity >= state.severity }
      #expect(isRow || text.contains("\(state.word) "), "\(item.fact.name) \(state): \(text)")
    }
  }

  @Test func tooFewRunsThatPassAreToldWhereNoRunIsListed() throws {
    var model = try #require(Self.troubled.last).model
    #expect(lines(of: ScreenRenderer.render(model)).contains { $0.contains("✗ CRIT 34 % pass 5m") })
    model.view = .runs
    let text = lines(of: ScreenRenderer.render(model))
    #expect(text[1].contains("Failed runs✗"))
    #expect(text.contains { $0.contains("No run needs attention") && $0.contains("✗ CRIT 34 % pass 5m") })
  }

  @Test func slowProviderIsAWarningOnTheOverview() {
    for (width, height) in [(160, 48), (120, 40), (100, 30)] {
      let text = lines(of: ScreenRenderer.render(ScreenPictures.model("busy", width, height))).joined()
      #expect(text.contains("WARN provider p95 6.1 s"), "\(width)x\(height)")
    }
    #expect(RunsPanel().state(Fixture.context(Fixture.busy())) == .warn)
  }

  @Test func dependentsStandUnderTheirCause() {
    let items = ServicesPanel().items(PanelLocal(), Fixture.context(Fixture.down()))
    #expect(items.prefix(2).map(\.name) == ["postgres", "backend"])
    #expect(items.dropFirst(2).map(\.state).allSatisfy { $0 != .crit })
  }

  @Test func filterMatchesIgnoringCase() {
    var local = PanelLocal()
    local.filter = "CELERY"
    let context = Fixture.context(Fixture.busy())
    #expect(ServicesPanel().items(local, context).map(\.name) == ["celery-worker", "celery-beat"])
    #expect(QueuesPanel().items(local, context).map(\.name) == ["celery", "prom.celery_tasks_in_queue"])
  }

  @Test func rivalDisagreesOnlyWhenFarApartTwice() {
    var context = Fixture.context(Fixture.calm())
    func tags() -> Bool {
      QueuesPanel().items(PanelLocal(), context).contains { $0.kind == .fact && $0.state == .warn }
    }
    #expect(!tags(), "34 against 14, but nobody knows how it was before")
    context.history["prom.celery_tasks_in_queue"] = ring([30, 14])
    context.history["queue.depth"] = ring([31, 34])
    #expect(!tags())
    context.history["prom.celery_tasks_in_queue"] = ring([14, 14])
    #expect(tags())
  }

  private func ring(_ values: [Double]) -> HistoryRing {
    var ring = HistoryRing(capacity: 8)
    for (index, value) in values.enumerated() {
      ring.append(value, at: Fixture.ago(Double(values.count - index) * 5).monotonic)
    }
    return ring
  }

  @Test func listsThatAreCutSayIt() throws {
    var monitor = Fixture.busy()
    let told = try #require(monitor.world.snapshot(QueuesSnapshot.self))
    var queues = told.value
    queues.omitted = 4_800
    monitor.apply(
      SourceReport(
        source: told.source,
        startedAt: Fixture.now,
        endedAt: Fixture.now,
        result: .success(SourceReading([], snapshots: [queues]))
      )
    )
    #expect(QueuesPanel().title(Fixture.context(monitor)).source.string.hasSuffix(", 4,800 more not listed"))
    #expect(RunsPanel().title(Fixture.context(monitor)).source.string.contains(", the newest "))
  }

  private func queues(_ change: (inout QueuesSnapshot) -> Void) throws -> ScreenModel {
    var monitor = Fixture.busy()
    let told = try #require(monitor.world.snapshot(QueuesSnapshot.self))
    var queues = told.value
    change(&queues)
    let reading = SourceReading([], snapshots: [queues])
    monitor.apply(
      SourceReport(
        source: told.source,
        startedAt: Fixture.now,
        endedAt: Fixture.now,
        result: .success(reading)
      )
    )
    var model = Fixture.model(monitor, width: 120, height: 24)
    model.view = .queues
    return model
  }

  @Test func queuesThatAreIgnoredOrUnreadableAreTold() throws {
    let model = try queues {
      $0.ignored = 7
      $0.unreadable = ["messages_ready -5", "no name", "no vhost"]
    }
    for (width, height) in [(160, 48), (120, 24), (80, 24)] {
      var model = model
      (model.width, model.height) = (width, height)
      let rows = lines(of: ScreenRenderer.render(model))
      #expect(rows[2].contains(", 7 ignored"), "\(rows[2])")
      #expect(rows.contains { $0.contains("? entry not understood  messages_ready -5") }, "\(width)")
    }
    var low = model
    low.height = 8
    let rows = lines(of: ScreenRenderer.render(low))
    #expect(rows.contains { $0.contains("entry not understood") && $0.contains("+2 more") }, "\(rows)")
  }

  @Test func queueThatIsBrokenUnreadableOrNoWorkSaysSo() throws {
    func row(_ change: (inout QueuesSnapshot.Queue) -> Void) throws -> (list: String, page: String) {
      var model = try queues { change(&$0.queues[1]) }
      let list = lines(of: ScreenRenderer.render(model)).first { $0.contains(" default ") } ?? ""
      model.locals[.queues, default: PanelLocal()].detail = "queue default"
      return (list, lines(of: ScreenRenderer.render(model)).joined(separator: "\n"))
    }
    let broken = try row {
      $0.state = "down"
      $0.ready = nil
    }
    #expect(broken.list.contains(" default  down "), "\(broken.list)")
    #expect(broken.page.contains("classic  down"))
    let unreadable = try row { $0.problem = "messages_ready -5" }
    #expect(unreadable.list.contains("unreadable: messages_ready -5"), "\(unreadable.list)")
    #expect(unreadable.page.contains("problem    unreadable: messages_ready -5"))
    let dead = try row {
      $0.isDeadLetterTarget = true
      $0.consumers = 0
    }
    #expect(dead.list.contains("dead letters"), "\(dead.list)")
    #expect(dead.page.contains("dead letters"))
  }

  @Test func titleAgesInSteps() {
    let context = Fixture.context(Fixture.busy())
    func age(_ seconds: Double) -> SafeText {
      var later = context
      later.now = Fixture.now + .seconds(seconds)
      return QueuesPanel().title(later).age
    }
    #expect(age(0) == "live")
    #expect(age(7) == "3s")
    #expect(age(9) == "10s")
    #expect(age(40) == "STALE 40s")
    #expect(QueuesPanel().state(context) == .crit)
  }

  @Test func thresholdMovesTheCountOfLowScores() {
    var context = Fixture.context(Fixture.busy())
    #expect(ValidationsPanel().summary(context) == "64")
    context.settings.lowConfidence = 0.3
    #expect(ValidationsPanel().summary(context) == "12")
    #expect(ValidationsPanel().items(PanelLocal(), context).count == 1)
  }

  @Test func worstIsWhereTheFocusBelongs() {
    let worst = OverviewPanel().worst(Fixture.context(Fixture.down()))
    #expect(worst.view == .services)
    #expect(worst.item == "postgres")
  }
}
