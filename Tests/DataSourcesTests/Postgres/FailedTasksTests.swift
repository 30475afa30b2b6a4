import Facts
import Testing

@testable import DataSources

/// Which run a failed task is of: by its arguments, else by the one that had just ended; in doubt of none.
extension PostgresLiveTests {
  @Suite(.serialized) struct Tasks {
    typealias Fixtures = PostgresFixtures

    init() { EventLoop.runOnOwnThread() }

    /// Three good runs that ended 600, 300 and 299 s ago, and a quick test 100 s ago.
    private static func prepare(
      _ name: String,
      _ schema: String = Fixtures.newSchema,
      run: String = "suite_run_id"
    ) {
      func execution(_ id: Int, _ owner: Int?, _ ago: Int) -> String {
        """
        ('\(Fixtures.id(id))', \(owner.map { "'\(Fixtures.id($0))'" } ?? "NULL"), '\(Fixtures.id(90))', 'completed',
          now() - interval '\(ago + 2) s', now() - interval '\(ago) s', now() - interval '\(ago + 3) s')
        """
      }
      TestPostgres.shared.database(
        name,
        schema,
        """
        INSERT INTO \(run.dropLast(3))s (id, status, name, created_at, updated_at, completed_at)
        SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'completed', 'run ' || n,
          now() - interval '20 min', now() - interval '1 min', now() - interval '1 min' FROM generate_series(1, 3) n;
        INSERT INTO multi_turn_executions (id, \(run), script_id, status, started_at, completed_at, created_at) VALUES
          \(execution(11, 1, 600)), \(execution(12, 2, 300)), \(execution(13, 3, 299)),
          \(execution(14, nil, 100));
        """
      )
    }

    @LoopActor private func rows(_ name: String, _ tasks: [TaskFailure]) async throws -> [RunRow] {
      let source = PostgresSource(try TestPostgres.shared.options(name))
      defer { source.close() }
      source.failedTasks = { tasks }
      return try #require(try await source.poll().snapshot(RunsSnapshot.self)).rows
    }

    @LoopActor private func task(_ id: String, ago: Double?, named: [String] = []) -> TaskFailure {
      let now = LoopActor.now().wall
      return TaskFailure(id: id, exception: "X", endedAt: ago.map { now - .seconds($0) }, named: named)
    }

    @Test(arguments: [
      (Fixtures.newSchema, "suite_run_id", "t_new"), (Fixtures.oldSchema, "test_run_id", "t_old"),
    ])
    func aCompletedRunWhoseTaskFailedIsListed(schema: String, run: String, name: String) async throws {
      Self.prepare(name, schema, run: run)
      let (well, rows) = try await listed(name)
      #expect(well == [])
      #expect(rows.map(\.id) == [Fixtures.id(1)])
      let row = try #require(rows.first)
      #expect(row.status == "completed")
      #expect(row.tasks == ["t,1"])
      #expect(row.attention == [.tasks])
      #expect(!row.areTasksNamed)
    }

    @LoopActor private func listed(_ name: String) async throws -> ([RunRow], [RunRow]) {
      (try await rows(name, []), try await rows(name, [task("t,1", ago: 599)]))
    }

    @Test @LoopActor func whatItsArgumentsNameIsSurer() async throws {
      Self.prepare("t_named")
      let rows = try await rows(
        "t_named",
        [
          // By its time it would be of the first run.
          task("a", ago: 599, named: [Fixtures.id(90), Fixtures.id(2)]),
          // An execution of the third.
          task("b", ago: nil, named: [Fixtures.id(13)]),
          // A quick test, by the script that it names and its time.
          task("c", ago: 99, named: [Fixtures.id(90)]),
        ]
      )
      let byID = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
      #expect(Set(byID.keys) == [Fixtures.id(2), Fixtures.id(3), Fixtures.id(14)])
      #expect(byID[Fixtures.id(2)]?.tasks == ["a"])
      #expect(byID[Fixtures.id(2)]?.areTasksNamed == true)
      #expect(byID[Fixtures.id(3)]?.tasks == ["b"])
      #expect(byID[Fixtures.id(14)]?.tasks == ["c"])
      #expect(byID[Fixtures.id(14)]?.areTasksNamed == false)
      #expect(byID[Fixtures.id(14)]?.kind == .execution)
    }

    @Test @LoopActor func inDoubtItIsOfNone() async throws {
      Self.prepare("t_doubt")
      let rows = try await rows(
        "t_doubt",
        [
          // Two runs had just ended.
          task("a", ago: 298),
          // None had.
          task("b", ago: 450),
          // One had, which is of another script than the one that it names.
          task("c", ago: 599, named: [Fixtures.id(91)]),
          // Nobody knows when.
          task("d", ago: nil),
        ]
      )
      #expect(rows == [])
    }
  }
}
