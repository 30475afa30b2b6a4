import Facts
import Glibc
import Testing

@testable import DataSources

/// Programs that have a terminal, here a file, and are told a password that nobody else sees.
extension PostgresLiveTests {
  @Suite(.serialized) struct InteractiveTools {
    private let directory = TestProcess.directory()

    init() { EventLoop.runOnOwnThread() }

    /// What a tool has written to its terminal.
    @LoopActor private func output(of tool: InteractiveTool) async throws -> String {
      let path = "\(directory)/terminal"
      let terminal = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      defer { close(terminal) }
      let ending = try await tool.run(on: terminal)
      #expect(ending == .status(0))
      return try String(decoding: LocalFile.read(path).bytes, as: UTF8.self)
    }

    @Test @LoopActor func aPasswordFileIsReadByItsProgramAlone() async throws {
      let script = """
        cat "$PGPASSFILE"; stat -Lc '%a %F' "$PGPASSFILE"; tr '\\0' '\\n' </proc/$$/environ | grep -c canary
        tr '\\0' ' ' </proc/$$/cmdline | grep -c 'can[a]ry:'; true
        """
      let tool = InteractiveTool(
        ["/bin/sh", "-c", script],
        login: .passwordFile(variable: "PGPASSFILE", Secret(#"canary:with\both"#)),
        package: "dash"
      )
      #expect(try await output(of: tool) == "*:*:*:*:canary\\:with\\\\both\n600 regular file\n0\n0\n")
    }

    @Test @LoopActor func psqlLogsInByIt() async throws {
      let server = TestPostgres.shared
      server.sql(
        "DROP ROLE IF EXISTS locked; SET password_encryption = 'scram-sha-256'; CREATE ROLE locked LOGIN PASSWORD 'right horse'"
      )
      var tool = PostgresTool(try server.options(user: "locked", password: Secret("right horse"))).tool
      tool.arguments += ["-X", "-Atc", "SELECT 41 + 1"]
      #expect(try await output(of: tool) == "42\n")
    }

    @Test @LoopActor func aProgramThatIsNotThereIsNamed() async throws {
      let tool = InteractiveTool(["no-such-tool"], package: "nothing")
      let told = await failure { () async throws(SourceFailure) in _ = try await tool.run(on: 1) }
      #expect(told?.code == .misconfigured)
      #expect(told?.detail.contains("no such program: no-such-tool") == true)
    }

    @Test @LoopActor func whatIsRunHoldsNoSecret() throws {
      let password = Secret("canary")
      let postgres = PostgresTool(
        try PostgresOptions(address: "postgresql://ops:canary@db:5433/it's", password: password)
      )
      #expect(
        postgres.tool.arguments == ["psql", #"--dbname=dbname='it\'s' host='db' port='5433' user='ops'"#]
      )
      let redis = RedisTool(
        try RedisOptions(address: "rediss://ops:canary@cache:6380/2?sslmode=insecure", password: password)
      )
      let words = "redis-cli -h cache -p 6380 --tls --insecure -n 2 --user ops"
      #expect(redis.tool.arguments == words.split(separator: " ").map(String.init))
      let files = CertificateFiles(authority: "/ca.pem")
      let docker = DockerContext(address: "tcp://box:2376", certificates: files)
      let service = ServiceReading(
        name: "web",
        instance: "shop_web_1",
        identity: ServiceIdentity(id: "3f2a", incarnation: "1"),
        state: .running
      )
      #expect(
        ShellTool(docker: docker).tool(for: service)?.arguments
          == [
            "docker", "--host", "tcp://box:2376", "--tlsverify", "--tlscacert", "/ca.pem", "exec", "-it",
            "3f2a", "/bin/sh",
          ]
      )
    }
  }
}
