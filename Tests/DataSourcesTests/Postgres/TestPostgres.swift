import DataSources
import Facts
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// A real PostgreSQL 15 of the tests' own, unprivileged, on loopback.
final class TestPostgres: Sendable {
  static let binaries = "/usr/lib/postgresql/15/bin"
  /// The one that most suites share: never killed, thawed after each freeze.
  static let shared = TestPostgres()

  let port = TestProcess.freePort()
  let directory = TestProcess.directory()
  let server: TestProcess
  /// Where the server's own words are.
  var log: String { "\(directory)/log" }

  init() {
    let data = "\(directory)/data"
    let user = TestPostgres.asServiceUser
    if geteuid() == 0 { runToItsEnd(["/bin/chown", "postgres", directory]) }
    runToItsEnd(
      user + [
        "\(Self.binaries)/initdb", "--no-locale", "-E", "UTF8", "-A", "trust", "-U", "postgres", "--no-sync",
        "-D", data,
      ]
    )
    write(
      """
      host all locked 127.0.0.1/32 scram-sha-256
      host all all 127.0.0.1/32 trust
      local all all trust
      """,
      to: "\(data)/pg_hba.conf"
    )
    server = TestProcess(
      user + [
        "\(Self.binaries)/postgres", "-D", data, "-k", directory, "-h", "127.0.0.1", "-p", "\(port)",
        "-c", "fsync=off", "-c", "max_connections=30", "-c", "autovacuum=off",
      ],
      log: "\(directory)/log"
    )
    while TestProcess(
      ["\(Self.binaries)/pg_isready", "-q", "-h", "127.0.0.1", "-p", "\(port)"],
      log: "/dev/null"
    ).wait() != 0 {
      usleep(20_000)
    }
  }

  /// PostgreSQL refuses to run as root.
  static var asServiceUser: [String] {
    geteuid() == 0
      ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
  }

  /// Runs SQL as the superuser through psql, in a database that is made where needed.
  func sql(_ text: String, database: String = "postgres") {
    let file = "\(directory)/\(database)-\(Int.random(in: 0..<1_000_000)).sql"
    write(text, to: file)
    let psql = [
      "\(Self.binaries)/psql", "-X", "-q", "-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres", "-v",
      "ON_ERROR_STOP=1",
    ]
    runToItsEnd(psql + ["-d", database, "-f", file], log: "\(directory)/psql.log")
  }

  /// Makes a database and fills it.
  func database(_ name: String, _ texts: String...) {
    sql("CREATE DATABASE \(name)")
    for text in texts { sql(text, database: name) }
  }

  func options(
    _ database: String = "postgres",
    user: String = "postgres",
    password: Secret? = nil
  )
    throws -> PostgresOptions
  {
    try PostgresOptions(
      address: "postgresql://\(user)@127.0.0.1:\(port)/\(database)",
      password: password
    )
  }

  /// The server and every process of it.
  var family: [pid_t] { [server.pid] + TestProcess.children(of: server.pid) }

  func freeze() {
    for pid in family { kill(pid, SIGSTOP) }
  }

  func thaw() {
    for pid in family { kill(pid, SIGCONT) }
  }
}

/// Writes a file anew.
func write(_ text: String, to path: String) {
  let file = fopen(path, "w")
  fputs(text, file)
  fclose(file)
}

/// The first 64 KiB of a file.
func text(of path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 65_536)
  let count = fread(&bytes, 1, bytes.count, file)
  return String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// The failure that `body` ends with; nil if it ends well.
@LoopActor func failure<Value: Sendable>(
  of body: @LoopActor () async throws(SourceFailure) -> Value
) async -> SourceFailure? {
  do throws(SourceFailure) {
    _ = try await body()
    return nil
  } catch {
    return error
  }
}

/// Whether `condition` comes true; the limit only ends what hangs.
@LoopActor func comesTrue(_ condition: @LoopActor () async -> Bool) async -> Bool {
  let until = LoopActor.now().monotonic + .seconds(90)
  while LoopActor.now().monotonic < until {
    if await condition() { return true }
    await LoopActor.sleep(for: .milliseconds(10))
  }
  return false
}
