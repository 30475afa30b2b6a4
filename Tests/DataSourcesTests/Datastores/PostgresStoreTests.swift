import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

extension PostgresLiveTests {
  /// What the datastores' view tells of a real database.
  @Suite(.serialized) struct Store {
    init() { EventLoop.runOnOwnThread() }

    private static let prepared = Task {
      TestPostgres.shared.database(
        "store",
        """
        CREATE TABLE held (id int PRIMARY KEY, name text);
        INSERT INTO held SELECT g, repeat('x', 100) FROM generate_series(1, 5000) g;
        CREATE TABLE counted (id int); INSERT INTO counted SELECT generate_series(1, 7); ANALYZE counted;
        CREATE ROLE blind LOGIN; GRANT CONNECT ON DATABASE store TO blind;
        """
      )
    }

    @LoopActor private func store(user: String = "postgres") async throws -> PostgresStore {
      await Self.prepared.value
      return PostgresStore(try TestPostgres.shared.options("store", user: user))
    }

    /// A session of psql that runs `statements`, and stays.
    private func session(_ name: String, _ statements: String...) -> TestProcess {
      let server = TestPostgres.shared
      return TestProcess(
        [
          "/usr/bin/env", "PGAPPNAME=\(name)", "\(TestPostgres.binaries)/psql", "-X", "-q", "-h", "127.0.0.1",
          "-p",
          "\(server.port)", "-U", "postgres", "-d", "store",
        ] + statements.flatMap { ["-c", $0] },
        log: "\(server.directory)/\(name).log"
      )
    }

    private func text(_ value: DatastoreValue) -> String {
      if case .text(let text) = value { text.string } else { "\(value)" }
    }

    /// Reads a section until it tells what a test waits for.
    @LoopActor private func read(
      _ store: PostgresStore,
      _ section: DatastoreSection,
      until holds: (DatastoreTable) -> Bool
    ) async throws -> DatastoreTable {
      var table = try await store.read(section)
      _ = await comesTrue {
        if holds(table) { return true }
        if let newer = try? await store.read(section) { table = newer }
        return false
      }
      return table
    }

    @Test @LoopActor func whoWaitsForWhomStandsBelowHimWithWhatHeWaitsFor() async throws {
      let store = try await store()
      defer { store.close() }
      #expect(try await store.read(PostgresStore.locks).rows.isEmpty)
      let holder = session("holder", "BEGIN; UPDATE held SET name = 'a' WHERE id = 1; SELECT pg_sleep(600)")
      defer { holder.send(SIGKILL) }
      _ = try await read(store, PostgresStore.activity) {
        $0.rows.contains {
          text($0.cells[2]).contains("holder") && $0.text.contains { $0.string.contains("pg_sleep") }
        }
      }
      let waiter = session("waiter", "UPDATE held SET name = 'b' WHERE id = 1")
      // Who comes second waits for the first that waits, too: one after the other.
      _ = try await read(store, PostgresStore.locks) { $0.rows.count == 2 }
      let behind = session("behind", "ALTER TABLE held ADD COLUMN more int")
      defer {
        waiter.send(SIGKILL)
        behind.send(SIGKILL)
        TestPostgres.shared.sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'store' AND pid <> pg_backend_pid()"
        )
      }
      let table = try await read(store, PostgresStore.locks) { $0.rows.count == 3 }
      try #require(table.rows.count == 3, "\(table)")
      let root = table.rows[0]
      #expect(root.state == .warn && root.word == "holds up 2" && root.cells[3] == .count(2), "\(root)")
      #expect(root.kind == .connection && root.arguments["pid"] == text(root.cells[0]))
      #expect(table.rows.dropFirst().allSatisfy { text($0.cells[0]).contains("└ ") && $0.state == .warn })
      let wanted = table.rows.dropFirst().map { text($0.cells[5]) }
      #expect(
        wanted.contains { $0.hasPrefix("transactionid") }
          && wanted.contains { $0.contains("relation public.held") },
        "\(wanted)"
      )
      // The activity tells the same of each.
      let activity = try await store.read(PostgresStore.activity)
      let told = try #require(activity.rows.first { text($0.cells[2]).contains("waiter") })
      #expect(told.state == .warn && told.word.string.hasPrefix("waits for "))
      #expect(text(told.cells[6]) == "Lock transactionid" && text(told.cells[7]).contains("UPDATE held"))
      #expect(
        activity.figures.contains {
          $0.label == "wait for a lock" && $0.value == .count(2) && $0.state == .warn
        }
      )
      let longest = try await store.read(PostgresStore.transactions)
      #expect(longest.rows.contains { text($0.cells[6]).contains("pg_sleep(600)") })
    }

    @Test @LoopActor func connectionsAreCountedByClientAgainstTheLimit() async throws {
      let store = try await store()
      defer { store.close() }
      let sleeper = session("counted", "SELECT pg_sleep(600)")
      defer { sleeper.send(SIGKILL) }
      let table = try await read(store, PostgresStore.connections) {
        $0.rows.contains { text($0.cells[0]).hasPrefix("counted ") }
      }
      let row = try #require(table.rows.first { text($0.cells[0]).hasPrefix("counted ") }, "\(table)")
      #expect(row.cells[3] == .count(1) && row.cells[4] == .count(1) && row.cells[6] == .count(0))
      let figure = try #require(table.figures.first)
      #expect(figure.limit == .count(30))
    }

    @Test @LoopActor func whatARoleMayNotSeeIsUnknownAndNotAbsent() async throws {
      let store = try await store(user: "blind")
      defer { store.close() }
      let sleeper = session("hidden", "SELECT pg_sleep(600)")
      defer { sleeper.send(SIGKILL) }
      let table = try await read(store, PostgresStore.activity) { !$0.rows.isEmpty }
      let row = try #require(table.rows.first { $0.kind == nil }, "\(table)")
      #expect(row.cells[3...].allSatisfy { if case .unknown = $0 { true } else { false } }, "\(row)")
      #expect(table.notes.contains { $0.string.contains("not for this role to see") })
      #expect(table.figures.contains { $0.label == "active" && text($0.value).hasPrefix("≥ ") })
      let transactions = try await store.read(PostgresStore.transactions)
      #expect(transactions.empty == "no transaction that this role may see" && !transactions.notes.isEmpty)
    }

    @Test @LoopActor func tablesTellTheirSizeAndWhatWasNeverCountedIsUnknown() async throws {
      let store = try await store()
      defer { store.close() }
      let table = try await store.read(PostgresStore.tables)
      let held = try #require(table.rows.firstIndex { text($0.cells[0]) == "held" })
      let counted = try #require(table.rows.first { text($0.cells[0]) == "counted" })
      guard case .bytes(let total) = table.rows[held].cells[1] else {
        throw SourceFailure(.unreadable, at: "")
      }
      #expect(total > 500_000)
      #expect(table.rows[held].cells[4] == .unknown("never analyzed"), "\(table.rows[held])")
      #expect(counted.cells[4] == .count(7) && counted.cells[6] == .text("never"))
    }

    @Test @LoopActor func aPrimaryWithoutAStandbySaysSo() async throws {
      let store = try await store()
      defer { store.close() }
      let table = try await store.read(PostgresStore.replication)
      #expect(table.figures.first?.value == .text("primary"))
      #expect(table.rows.isEmpty && table.empty == "a primary without a standby or a slot")
      // Nobody who told nothing is a primary.
      let none = PostgresStore.replication(PostgresTable(), PostgresTable(), PostgresTable())
      #expect(none.figures.first?.state == .nodata && none.empty == "its role is not told")
    }
  }
}

@Suite struct BlockingTreeTests {
  @Test func eachStandsOnceBelowTheFirstThatHoldsItUp() {
    let places = BlockingTree([2: [1], 3: [2], 4: [1, 3], 6: [5]]).places
    #expect(places.map(\.pid) == [1, 2, 3, 4, 5, 6])
    #expect(places.map(\.depth) == [0, 1, 2, 3, 0, 1])
    #expect(places.map(\.waiting) == [3, 2, 1, 0, 1, 0])
  }

  @Test func aCircleLosesNobody() {
    let places = BlockingTree([1: [2], 2: [1], 3: [1]]).places
    #expect(Set(places.map(\.pid)) == [1, 2, 3] && places.count == 3)
  }
}
