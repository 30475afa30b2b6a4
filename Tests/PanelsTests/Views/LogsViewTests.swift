import Facts
import Testing

@testable import DataSources
@testable import Panels

/// View 5: what is drawn of lines that are kept elsewhere.
@Suite struct LogsViewTests {
  private let view = LogsPanel()
  private static let backend = LogStreamID(service: "backend", instance: "backend")
  private static let worker = LogStreamID(service: "celery-worker", instance: "celery-worker")

  private static func archive() -> LogArchive {
    var book = LogBook()
    let now = WallTime(timestamp: "2026-11-28T06:00:00Z") ?? Fixture.now.wall
    book.append(
      [
        "2026-11-28 05:00:01,250+00:00 - api - INFO - it begins",
        "2026-11-28 05:00:03,000+00:00 - api - ERROR - it failed", "Traceback (most recent call last):",
        "  File \"a.py\", line 1", "ValueError: no", "INFO:     1.2.3.4:5 - \"GET /health HTTP/1.1\" 200 OK",
      ].map { LogStretch.Line(Array($0.utf8)) },
      of: backend,
      at: now
    )
    book.append(
      [
        "[2026-11-28 05:00:02,000+0000: WARNING/MainProcess] slow",
        #"{"level":"error","msg":"a","n":12345678901234567890}"#,
      ]
      .map { LogStretch.Line(Array($0.utf8)) },
      of: worker,
      at: now,
      isPart: true
    )
    return LogArchive(book)
  }

  private func context(
    _ query: String = "",
    standings: [LogFollower.Standing] = [],
    archive: LogArchive = archive()
  ) throws -> PanelContext {
    var context = Fixture.context(Fixture.busy())
    let wall = try #require(WallTime(timestamp: "2026-11-28T06:00:00Z"))
    context.now = Moment(monotonic: context.now.monotonic, wall: wall)
    context.logs = LogsSnapshot(
      archive: archive,
      version: 1,
      selection: try LogMatcher(LogQuery(parsing: query)).selection(of: archive),
      standings: standings
    )
    return context
  }

  private func local(_ filter: String) -> PanelLocal {
    var local = PanelLocal()
    local.filter = filter
    return local
  }

  private func drawn(
    _ context: PanelContext,
    _ local: PanelLocal = PanelLocal(),
    width: Int = 120,
    height: Int = 14
  ) -> [String] {
    var buffer = CellBuffer(width: width, height: height)
    let area = Rect(x: 0, y: 0, width: width, height: height)
    _ = view.render(local, context, isFocused: true, into: &buffer, area: area)
    return lines(of: buffer).map { String($0.reversed().drop { $0 == " " }.reversed()) }
  }

  @Test func linesOfAllServicesStandByTimeWithWhatBelongsToThem() throws {
    let rows = drawn(try context())
    #expect(rows[0].contains("8 lines  2 errors  whole since 05:00:02"))
    #expect(rows[0].contains("following") && rows[0].contains("errors/min"))
    #expect(
      Array(rows[1...8]) == [
        "  05:00:01.250  backend        it begins", "  05:00:02.000  celery-worker  slow",
        "  05:00:02.000≈ celery-worker  a",
        "  05:00:03.000  backend        it failed",
        "                               Traceback (most recent call last):",
        "                                 File \"a.py\", line 1",
        "                               ValueError: no",
        "▸ 05:00:03.000≈ backend        1.2.3.4:5 - \"GET /health HTTP/1.1\" 200 OK",
      ],
      "\(rows)"
    )
    let narrow = drawn(try context(), width: 80)
    #expect(narrow[1] == "  05:00:01  backend        it begins", "\(narrow)")
  }

  @Test func whatIsLookedForIsCountedPartByPart() throws {
    var local = PanelLocal()
    local.filter = "failed -health nowhere"
    let rows = drawn(try context(local.filter), local)
    #expect(rows[0].contains("0 lines of 8  failed 1  -health 1  nowhere 0"))
    let words = "No line holds failed -health nowhere since 05:00:02: older ones are not kept here"
    #expect(rows[1].hasSuffix(words), "\(rows)")
  }

  @Test func aLogThatCannotBeReadIsNoSilence() throws {
    let failure = SourceFailure(.refused, at: "x", detail: "connection refused")
    let standings = [
      LogFollower.Standing(service: "redis", instance: "redis", failure: failure, gaps: []),
      LogFollower.Standing(
        service: "backend",
        instance: "backend",
        failure: nil,
        gaps: [LogGap("backend", .cut)]
      ),
    ]
    let context = try context("nowhere", standings: standings)
    let rows = drawn(context)
    #expect(rows.contains { $0.contains("redis can't be read: refused: connection refused") }, "\(rows)")
    #expect(rows.contains { $0.contains("backend: backend has more lines") }, "\(rows)")
    #expect(view.title(context).ageState == .error && view.title(context).age == "1 can't be read")
    #expect(rows[0].contains("1 can't be read") && rows[0].contains("lines of 1 are missing"))
    let none = drawn(
      try self.context("nowhere", standings: [standings[0]], archive: LogArchive()),
      local("nowhere")
    )
    #expect(none.contains { $0.contains("NO DATA  no log can be read") }, "\(none)")
    // Where nothing runs the services nothing is claimed.
    var unknown = Fixture.context(Fixture.busy())
    unknown.hasLogs = false
    #expect(drawn(unknown)[0].contains("NO DATA"))
  }

  @Test func keysLeadFromErrorToError() throws {
    let context = try context()
    func move(_ key: Character, _ local: inout PanelLocal) -> String? {
      let key = view.descriptor.keys.first { $0.key == key }
      switch key?.move?(local, context) {
      case .success(let index)?:
        local.select(index, in: view.items(local, context))
        return nil
      case .failure(let nowhere)?: return nowhere.words.string
      case nil: return "no such key"
      }
    }
    var local = PanelLocal()
    local.select(0, in: view.items(local, context))
    #expect(move("e", &local) == nil && local.selectionIndex == 2)
    #expect(move("e", &local) == nil && local.selectionIndex == 3)
    #expect(move("e", &local) == "no error below: E goes back" && local.selectionIndex == 3)
    #expect(move("E", &local) == nil && local.selectionIndex == 2)
    #expect(move("E", &local) == "no error above: e goes on")
  }

  @Test func anOpenLineTellsItsWholeRecordAndJSONIsLaidOutAsItWasWritten() throws {
    let context = try context()
    let items = view.items(PanelLocal(), context)
    var local = PanelLocal()
    local.select(5, in: items)
    local.detail = items[5].id
    let page = try #require(view.openPage(local, context))
    #expect(page.text.map(\.plain.string).first?.contains("it failed") == true && page.text.count == 4)
    local.detail = items[2].id
    let object = try #require(view.openPage(local, context)?.text.map(\.plain.string))
    #expect(
      object == ["{", #"  "level": "error","#, #"  "msg": "a","#, "  \"n\": 12345678901234567890", "}"]
    )
  }

  @Test(arguments: ["{}", "[]", "[1, {}]", #"{"a": "}\"{", "b": [1]}"#]) func laidOutJSONIsTheSameJSON(
    _ text: String
  ) {
    let lines = PrettyJSON.lines(of: text)
    #expect(
      lines.map { JSONValue(parsing: Array($0.map(\.string).joined().utf8)) }
        == JSONValue(parsing: Array(text.utf8))
    )
  }

  @Test func whatIsNoJSONIsTextAndStaysSo() {
    #expect(PrettyJSON.lines(of: "{a}") == nil && PrettyJSON.lines(of: "text") == nil)
    #expect(PrettyJSON.lines(of: "{\"a\":1} and more") == nil)
  }

  @Test func atAnySizeNothingBreaks() throws {
    let context = try context()
    for (width, height) in [(1, 1), (2, 1), (10, 2), (20, 3), (40, 5)] {
      _ = drawn(context, width: width, height: height)
    }
  }

  @Test func longLinesGoOnInTheNextRowsAndTheSelectedOneIsSeen() throws {
    var book = LogBook()
    let words = (0..<40).map { "word\($0)" }.joined(separator: " ")
    let texts = (0..<9).map { "2026-11-28 05:00:0\($0)Z line \($0) \(words)" }
    let lines = texts.map { LogStretch.Line(Array($0.utf8)) }
    book.append(lines, of: Self.backend, at: WallTime(timestamp: "2026-11-28T06:00:00Z") ?? Fixture.now.wall)
    let context = try context(archive: LogArchive(book))
    var local = PanelLocal()
    local.isWrapped = true
    for selected in 0..<9 {
      local.select(selected, in: view.items(local, context))
      let rows = drawn(context, local)
      let place = rows.firstIndex { $0.hasPrefix("▸ 05:00:0\(selected)") }
      // All of it is there, from its first row on.
      let own = place.map { rows[$0...].prefix(4).joined(separator: " ") } ?? ""
      #expect(own.contains("line \(selected) word0") && own.contains("word39"), "\(selected): \(rows)")
      #expect(rows.dropFirst().allSatisfy { !$0.isEmpty }, "no row is left free: \(rows)")
    }
    // The last line ends the view: what is new comes there.
    local.selection = nil
    #expect(drawn(context, local).last?.contains("word39") == true)
    for (width, height) in [(1, 1), (12, 2), (30, 3), (40, 6)] {
      _ = drawn(context, local, width: width, height: height)
    }
  }

  @Test func aLineThatIsLongerThanTheViewIsCutAndSaysSo() throws {
    var book = LogBook()
    let lines = [LogStretch.Line(Array(String(repeating: "x", count: 1 << 20).utf8))]
    book.append(lines, of: Self.backend, at: Fixture.now.wall)
    let context = try context(archive: LogArchive(book))
    var local = PanelLocal()
    local.isWrapped = true
    let rows = drawn(context, local)
    #expect(rows.last?.contains("… Enter shows all of it") == true && rows.count == 14, "\(rows)")
    let page = try #require(
      {
        local.detail = "0"; return view.openPage(local, context)
      }()
    )
    #expect(page.text.last?.plain.string == "[longer than what is kept of it]")
  }

  /// What was let go, and how far behind the reading is, stands above the lines; on time it says nothing.
  @Test func whatWasDroppedAndHowLateItIsAreTold() throws {
    var book = LogBook(mostLines: 4)
    let lines = (0..<9).map { LogStretch.Line(Array("line \($0)".utf8)) }
    book.append(lines, of: Self.backend, at: Fixture.now.wall)
    var context = try context(archive: LogArchive(book))
    #expect(
      drawn(context)[0].contains("6 dropped") && !drawn(context)[0].contains("lag"),
      "\(drawn(context)[0])"
    )
    func read(_ ago: Duration) throws {
      var standing = LogFollower.Standing(service: "a", instance: "a", failure: nil, gaps: [])
      standing.readAt = context.now.monotonic - ago
      context = try self.context(standings: [standing], archive: LogArchive(book))
    }
    try read(.seconds(3))
    #expect(!drawn(context)[0].contains("lag") && view.title(context).age == "live")
    try read(.seconds(9))
    #expect(drawn(context)[0].contains("lag 9s"), "\(drawn(context)[0])")
    #expect(view.title(context).age == "9s" && view.title(context).ageState == .stale)
  }
}
