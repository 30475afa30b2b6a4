import Facts
import Testing

@testable import DataSources
@testable import Panels

/// The datastores' view: what is drawn of what sources told, and of what was asked by hand.
@Suite struct DatastoresViewTests {
  private let view = DatastoresView()

  private func row(
    _ pid: Int,
    _ state: FactState = .ok,
    _ word: SafeText = "",
    query: SafeText = "SELECT 1"
  ) -> DatastoreRow {
    var row = DatastoreRow(
      id: "\(pid) 1",
      [
        .process(pid), .text("app"), .text("web 10.0.0.7"), .text("active"), .duration(.seconds(75)),
        .duration(.milliseconds(12)), .none, .text(query),
      ]
    )
    (row.state, row.word) = (state, word)
    (row.kind, row.arguments) = (.connection, ["pid": "\(pid)", "begun": "1"])
    row.details = [("user", .text("app")), ("waits for", .text("7"))]
    row.text = [query]
    return row
  }

  private func context(
    _ readings: [DatastoresSnapshot.Reading],
    sources: [(String, String)] = [("postgres", "postgres"), ("redis", "redis"), ("rabbitmq", "rabbitmq")]
  ) -> PanelContext {
    var context = Fixture.context(Fixture.busy())
    context.datastores = DatastoresSnapshot(
      version: 1,
      sources: sources.map { .init(id: $0.0, store: $0.1, address: "there") },
      readings: readings
    )
    return context
  }

  private func reading(
    _ source: String = "postgres",
    _ section: String = "activity",
    _ table: DatastoreTable?,
    ago: Double = 1,
    failure: SourceFailure? = nil
  ) -> DatastoresSnapshot.Reading {
    var reading = DatastoresSnapshot.Reading(source: source, section: section, address: "there")
    reading.table = table
    reading.sampledAt = table == nil ? nil : Fixture.ago(ago).monotonic
    (reading.failure, reading.failingSince) = (failure, failure == nil ? nil : Fixture.ago(ago))
    return reading
  }

  private func drawn(
    _ context: PanelContext,
    _ local: PanelLocal = PanelLocal(),
    width: Int = 140,
    height: Int = 16
  ) -> [String] {
    var context = context
    context.datastoresLocal = local
    var buffer = CellBuffer(width: width, height: height)
    let area = Rect(x: 0, y: 0, width: width, height: height)
    _ = view.render(local, context, isFocused: true, into: &buffer, area: area)
    return lines(of: buffer).map { String($0.reversed().drop { $0 == " " }.reversed()) }
  }

  private func local(_ section: String) -> PanelLocal {
    var local = PanelLocal()
    local.section = section
    return local
  }

  @Test func rowsStandBelowTheirFiguresAndWhatIsBadIsMarked() {
    var table = DatastoreTable([row(4_711), row(4_712, .warn, "waits for 7")])
    table.figures = [DatastoreFigure("connections", .count(2), of: .count(100))]
    table.notes = ["first 2 rows, the answer was cut"]
    let rows = drawn(context([reading("postgres", "activity", table)]))
    #expect(
      rows[0].contains("[ activity▲  locks  connections") && rows[0].contains("│ rabbitmq │ query ]"),
      "\(rows[0])"
    )
    #expect(rows[1] == "  connections 2 of 100")
    #expect(rows[2] == "  ▲ first 2 rows, the answer was cut")
    #expect(
      rows[4].hasPrefix("▸   4711  app") && rows[4].contains("1m15s") && rows[4].contains("12 ms")
        && rows[4].hasSuffix("SELECT 1"),
      "\(rows)"
    )
    #expect(rows[5].contains("▲ 4712"))
  }

  @Test func theStripShowsWhereOneIsHoweverNarrowItIs() {
    for width in [30, 60, 80, 100] {
      for section in DatastoreSections.names {
        let strip = drawn(context([]), local(section), width: width)[0]
        let title = DatastoreSection.named(section)?.title.string ?? section
        #expect(strip.contains(title) && strip.count <= width, "\(strip)")
      }
    }
  }

  @Test func keysGoThroughAllSectionsAndRound() {
    var (local, settings) = (PanelLocal(), PanelSettings())
    let keys = view.descriptor.keys
    var seen: [String] = []
    for _ in DatastoreSections.names {
      seen.append(DatastoreSections.shown(local))
      keys.first { $0.key == "]" }?.change(&local, &settings)
    }
    #expect(seen == DatastoreSections.names && DatastoreSections.shown(local) == seen[0])
    keys.first { $0.key == "[" }?.change(&local, &settings)
    #expect(DatastoreSections.shown(local) == "query" && DatastoreSections.asked(local) == nil)
    #expect(Set(DatastoreSection.all.map(\.id)).count == DatastoreSection.all.count)
  }

  @Test func whatWasNeverToldIsNoEmptyListAndADeadSourceHidesNoOther() {
    let waiting = drawn(context([]))
    #expect(waiting.contains { $0.contains("NO DATA starting") }, "\(waiting)")
    #expect(drawn(context([], sources: [])).contains { $0.contains("NO DATA not configured") })
    var unknown = Fixture.context(Fixture.busy())
    unknown.datastores = nil
    #expect(drawn(unknown).contains { $0.contains("NO DATA") })
    let failure = SourceFailure(.refused, at: "postgresql://b", detail: "connection refused")
    let sources = [("postgres", "postgres"), ("orders", "postgres")]
    let dead = context(
      [
        reading("postgres", "activity", nil, failure: failure),
        reading("orders", "activity", DatastoreTable([row(9)])),
      ],
      sources: sources
    )
    let rows = drawn(dead)
    #expect(
      rows.contains { $0.contains("ERROR refused") }
        && rows.contains { $0.contains("orders") && $0.contains("SELECT 1") },
      "\(rows)"
    )
    // What stays of one that fails is told with its age, and nothing is not "none".
    let old = context([reading("postgres", "locks", DatastoreTable(), ago: 60, failure: failure)])
    #expect(drawn(old, local("locks")).contains { $0.contains("last values, 1m old") })
    let stale = context([reading("postgres", "activity", DatastoreTable([row(1)]), ago: 300)])
    #expect(drawn(stale).contains { $0.contains("STALE") })
  }

  @Test func aRowIsToldInFullAndCanBeActedOnAsWhatItWas() throws {
    let context = context([
      reading("postgres", "activity", DatastoreTable([row(4_711, .warn, "waits for 7")]))
    ])
    let item = try #require(view.items(PanelLocal(), context).first)
    #expect(item.kind == .connection && item.name == "4711" && item.source == "postgres")
    #expect(item.arguments == ["pid": "4711", "begun": "1"])
    let page = try #require(view.page(PanelLocal(), context))
    #expect(page.title == "connection 4711" && page.headline == "waits for 7")
    #expect(page.text.map(\.plain.string) == ["SELECT 1"])
    #expect(view.origin(of: item, context)?.entries.contains { $0.label == "asked" } == true)
  }

  // MARK: what was asked by hand

  private func asked(_ sql: String, _ outcome: StatementOutcome?) -> PanelContext {
    var context = context([])
    context.statement = StatementModel(number: 1, sql: sql, source: "postgres", startedAt: Fixture.ago(3))
    context.statement?.outcome = outcome
    return context
  }

  @Test func anAnswerIsATableWithItsCutAndNullIsNone() {
    let answer = StatementAnswer(
      columns: ["id", "name"],
      rows: [["1", "one"], ["2", nil]],
      cut: "cut after 1,000 rows: there are more",
      duration: .milliseconds(12)
    )
    let rows = drawn(asked("SELECT id, name FROM kept", .answered(answer)), local("query"))
    #expect(
      rows[1] == "  SELECT id, name FROM kept"
        && rows[2] == "  2 rows in 12 ms  cut after 1,000 rows: there are more"
    )
    #expect(rows[3] == "  id  name" && rows[4] == "▸ 1   one" && rows[5] == "  2   NULL", "\(rows)")
    let wide = StatementAnswer(
      columns: (0..<40).map { "column \($0)" },
      rows: [(0..<40).map { "value \($0)" }],
      duration: .zero
    )
    #expect(
      drawn(asked("SELECT *", .answered(wide)), local("query")).contains {
        $0.contains("more columns: Enter tells a row whole")
      }
    )
  }

  @Test func whatWasAnsweredIsWrittenDownWholeInItsOwnColumnsWithoutPasswords() throws {
    let long = String(repeating: "x", count: 500)
    let answer = StatementAnswer(
      columns: ["id", "name", ""],
      rows: [["1", long, "postgres://a:hunter2@db/x"], ["2", nil, ""]],
      duration: .zero
    )
    let context = asked("SELECT * FROM kept", .answered(answer))
    let list = try #require(view.export(local("query"), context))
    #expect(list.columns == ["id", "name", "column 3"])
    #expect(list.rows.count == 2 && list.rows[0][0] == .text("1") && list.rows[0][1] == .text(long))
    #expect(list.rows[1] == [.text("2"), .missing, .text("")])
    #expect(list.csv.contains("postgres://") && !list.csv.contains("hunter2"))
    var filtered = local("query")
    filtered.filter = "xxx"
    #expect(view.export(filtered, context)?.rows.count == 1)
    #expect(view.export(local("query"), asked("SELECT 1", nil))?.rows.isEmpty == true)
  }

  @Test func theRowsOfASectionAreWrittenDown() throws {
    let context = context([reading("postgres", "activity", DatastoreTable([row(4_711)]))])
    let list = try #require(view.export(PanelLocal(), context))
    #expect(list.rows.count == 1 && list.rows[0].contains(.text("SELECT 1")))
    #expect(list.rows[0].count == list.columns.count && !list.columns.contains(""))
  }

  @Test func valuesOfAnyLengthAreCutInTheirCells() {
    func row(_ value: String) -> String {
      let answer = StatementAnswer(columns: ["a"], rows: [[value]], duration: .zero)
      return drawn(asked("SELECT 1", .answered(answer)), local("query"))[4]
    }
    let long = String(repeating: "x", count: 59) + "…"
    #expect(row(String(repeating: "x", count: 60)) == "▸ " + String(repeating: "x", count: 60))
    #expect(row(String(repeating: "x", count: 61)) == "▸ \(long)")
    #expect(row(String(repeating: "x", count: 100_000)) == "▸ \(long)")
    #expect(row("a" + String(repeating: "\u{301}", count: 100_000)).count < 100)
  }

  @Test func aFaultIsMarkedBelowItsPlaceInTheServersWords() throws {
    let report = PostgresReport(
      state: "42P01",
      message: "relation \"keptt\" does not exist",
      hint: "look again",
      position: 16
    )
    let failure = SourceFailure(.rejected, at: "postgresql://db")
    let rows = drawn(asked("SELECT id FROM keptt", .failed(failure, report)), local("query"))
    #expect(rows[1] == "  SELECT id FROM keptt" && rows[2] == "  " + String(repeating: " ", count: 15) + "^")
    #expect(
      rows[3] == "  ERROR 42P01: relation \"keptt\" does not exist" && rows[4] == "  HINT: look again",
      "\(rows)"
    )
    // Wherever it stands, however wide its characters are.
    for width in [5, 10, 24] {
      let text = StatementText("SELECT 'äöü日本', x FROM kept", fault: 16, width: width)
      let mark = try #require(text.mark)
      #expect(text.lines(most: 9)[mark.row + 1].plain.string.hasSuffix("^"))
      #expect(text.rows[mark.row].contains("x"))
    }
    #expect(StatementText("SELECT", fault: 6, width: 20).mark?.column == 6)
    #expect(StatementText("SELECT", fault: 99, width: 20).mark?.column == 6)
  }

  @Test func whatHasNoAnswerSaysWhy() {
    #expect(drawn(asked("SELECT 1", nil), local("query"))[2].contains("running 0:03 of 0:15  Esc cancels it"))
    #expect(
      drawn(asked("DROP TABLE x", .notSent("DROP is not sent")), local("query"))[2]
        == "  not sent: DROP is not sent"
    )
    let cancelled = SourceFailure(.cancelled, at: "db")
    #expect(drawn(asked("SELECT 1", .failed(cancelled, nil)), local("query"))[2].contains("cancelled"))
    let dead = SourceFailure(.refused, at: "postgresql://db", detail: "no")
    let rows = drawn(asked("SELECT 1", .failed(dead, nil)), local("query"))
    #expect(rows[2].contains("ERROR refused") && rows.contains { $0.contains("it said: no") })
    let idle = drawn(context([]), local("query"))
    #expect(idle[1] == "  ; asks this database by hand, read-only: no data can be changed by it")
    #expect(idle[2] == "  a function may do beside it what the role allows")
  }

  @Test func atAnySizeNothingBreaks() {
    let hostile = row(1, .crit, "\u{1B}[31m", query: "\u{202E}evil\n\u{0}")
    let contexts = [
      context([reading("postgres", "activity", DatastoreTable([hostile]))]),
      asked(
        "SELECT \u{1B}]0;x\u{7} \u{202E}",
        .answered(StatementAnswer(columns: ["\u{1B}", ""], rows: [[nil, "\u{0}"]], duration: .zero))
      ),
      asked(
        String(repeating: "x", count: 5_000),
        .failed(SourceFailure(.rejected, at: ""), PostgresReport(state: "", message: "", position: 4_999))
      ),
    ]
    for context in contexts {
      for (width, height) in [(1, 1), (2, 1), (10, 2), (20, 3), (40, 5), (80, 24)] {
        for section in ["activity", "query", "keys"] {
          _ = drawn(context, local(section), width: width, height: height)
        }
      }
    }
  }
}
