import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// A real PgBouncer before the tests' shared server; one server connection for each database and user.
final class TestPgBouncer {
  private let process: TestProcess
  private let port = TestProcess.freePort()

  /// Starts one that pools by `mode`; `ignored` is what it lets pass of the startup parameters.
  init(_ mode: String, ignoring ignored: String = "") {
    let server = TestPostgres.shared
    let directory = TestProcess.directory()
    write(
      """
      [databases]
      * = host=127.0.0.1 port=\(server.port)
      [pgbouncer]
      listen_addr = 127.0.0.1
      listen_port = \(port)
      unix_socket_dir =
      auth_type = trust
      auth_file = \(directory)/users
      pool_mode = \(mode)
      default_pool_size = 1
      \(ignored.isEmpty ? "" : "ignore_startup_parameters = \(ignored)")
      """,
      to: "\(directory)/ini"
    )
    write("\"postgres\" \"\"\n\"reader\" \"\"\n", to: "\(directory)/users")
    chmod(directory, 0o755)
    // It refuses to run as root, as the server does.
    process = TestProcess(
      TestPostgres.asServiceUser + ["/usr/sbin/pgbouncer", "\(directory)/ini"],
      log: "\(directory)/log"
    )
    while TestProcess(
      ["\(TestPostgres.binaries)/pg_isready", "-q", "-h", "127.0.0.1", "-p", "\(port)"],
      log: "/dev/null"
    ).wait() != 0 {
      usleep(20_000)
    }
  }

  deinit {
    process.send(SIGTERM)
    process.wait()
  }

  /// The address through it, with what follows the `?`.
  func address(_ database: String, user: String = "postgres", _ query: String = "") -> String {
    "postgresql://\(user)@127.0.0.1:\(port)/\(database)\(query.isEmpty ? "" : "?\(query)")"
  }
}
