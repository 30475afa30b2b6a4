import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

/// Two compose projects of one private engine, started by the real compose CLI, and the built console.
///
/// `shop` is the one whose directory the console stands in: one service of each kind. `other` has
/// services of the same names and must never be touched. Nothing configures the console but DOCKER_HOST.
final class ComposeStack: Sendable {
  /// The one that the suite shares.
  static let shared = Task { try await ComposeStack() }

  static let project = "shop"
  static let password = "sword-fish"

  let engine: TestEngine
  /// Where state and configuration go, and below it one directory a project.
  let directory: String
  private let bridge: String

  /// The directory of the compose file that the console finds.
  var shop: String { "\(directory)/\(Self.project)" }
  private var other: String { "\(directory)/other" }

  private init() async throws {
    EventLoop.runOnOwnThread()
    Self.sweepBridges()
    bridge = "\(Self.bridgePrefix)\(getpid())"
    // Registered before the engine's own end, and so run after it.
    _ = Self.removesBridgeAtExit
    engine = try TestEngine.shared.get()
    directory = TestProcess.directory()
    try packImages()
    try writeProjects()
    async let mine = up(shop, "--scale", "worker=2")
    async let theirs = up(other)
    _ = try await (mine, theirs)
  }

  /// What the console is told: where the engine is, and directories of its own.
  var variables: [String: String] {
    [
      "DOCKER_HOST": "unix://\(engine.socket)", "HOME": directory, "XDG_STATE_HOME": "\(directory)/state",
      "XDG_CONFIG_HOME": "\(directory)/config",
    ]
  }

  // MARK: compose

  /// Runs the compose CLI on the project that is watched.
  func compose(_ words: String...) async throws {
    try await compose(words, in: shop)
  }

  private func up(_ directory: String, _ words: String...) async throws {
    try await compose(["up", "-d"] + words, in: directory)
  }

  private func compose(_ words: [String], in directory: String) async throws {
    let outcome = try await LiveStack.run(
      ["/usr/bin/docker-compose"] + words,
      ["DOCKER_HOST": "unix://\(engine.socket)", "HOME": directory],
      in: directory
    )
    guard outcome.code == 0 else {
      throw LiveStack.Missing(description: "docker-compose \(words): \(outcome.errors)")
    }
  }

  /// A container as the engine tells it.
  struct Container: Hashable {
    let id: String
    let startedAt: String
  }

  /// The containers of a project by name, as they are now.
  func containers(of project: String = ComposeStack.project) throws -> [String: Container] {
    let filters = "%7B%22label%22%3A%5B%22com.docker.compose.project%3D\(project)%22%5D%7D"
    let list = JSONValue(
      parsing: Array(try engine.ask("GET", "/containers/json?all=1&filters=\(filters)").utf8)
    )
    var found: [String: Container] = [:]
    for entry in list?.list ?? [] {
      guard let id = entry["Id"]?.text,
        let json = JSONValue(parsing: Array(try engine.ask("GET", "/containers/\(id)/json").utf8))
      else { continue }
      let name = String((json["Name"]?.text ?? "").dropFirst())
      found[name] = Container(id: id, startedAt: json["State"]?["StartedAt"]?.text ?? "")
    }
    return found
  }

  /// The containers of the project that nobody may touch.
  func others() throws -> [String: Container] { try containers(of: "other") }

  // MARK: the console

  /// Runs the console without a screen, standing in the project's directory.
  func switchboard(
    _ words: String...,
    environment: [String: String] = [:]
  ) async throws -> LiveStack.Outcome {
    try await LiveStack.run(
      [LiveStack.binary] + words,
      variables.merging(environment) { $1 },
      in: shop
    )
  }

  /// Opens the console in a terminal of its own, standing in the project's directory.
  func console(_ words: String..., environment: [String: String] = [:]) throws -> PseudoTerminal {
    try PseudoTerminal(
      [LiveStack.binary] + words,
      environment: variables.merging(environment) { $1 },
      directory: shop,
      width: 140,
      height: 44
    )
  }

  /// The variables with which proofs give up within seconds: a configuration of nothing but times.
  func hurried() throws -> [String: String] {
    let path = "\(directory)/hurried.yaml"
    let text = "version: 1\ngate: {within: 4s, then: 6s, settling: 2s}\n"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return ["SWITCHBOARD_CONFIG": path]
  }

  /// The lines of the audit in short: `end redis done`.
  var auditLines: [String] {
    let text =
      (try? String(contentsOfFile: "\(directory)/state/switchboard/local/audit.jsonl", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { JSONValue(parsing: Array($0.utf8)) }.map { line in
      [line["event"]?.text, line["target"]?.text, line["verdict"]?.text].compactMap { $0 }
        .filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  /// Waits until `status --json` shows what is expected; answers the last one, and nil past the deadline.
  func status(
    environment: [String: String] = [:],
    until isExpected: (JSONValue) -> Bool
  ) async throws -> (isExpected: Bool, outcome: LiveStack.Outcome) {
    let deadline = ContinuousClock.now + .seconds(PseudoTerminal.patience)
    while true {
      let outcome = try await switchboard("status", "--json", environment: environment)
      if isExpected(outcome.json) { return (true, outcome) }
      if ContinuousClock.now >= deadline { return (false, outcome) }
    }
  }
}

extension ComposeStack {
  private func writeProjects() throws {
    let ports = (redis: TestProcess.freePort(), postgres: TestProcess.freePort())
    try write(
      """
      version: "2.4"
      services:
        database:
          image: switchboard-postgres:1
          user: "101:104"
          stop_signal: SIGINT
          command: [postgres, -D, /data, -k, /tmp, -h, "*", -c, fsync=off]
          environment: {POSTGRES_USER: shopkeeper, POSTGRES_PASSWORD: \(Self.password), POSTGRES_DB: postgres}
          ports: ["127.0.0.1:\(ports.postgres):5432"]
        redis:
          image: switchboard-redis:1
          command: [redis-server, --requirepass, \(Self.password), --save, "", --appendonly, "no"]
          ports: ["127.0.0.1:\(ports.redis):6379"]
        web:
          image: \(TestEngine.image)
          init: true
          command: [sh, -c, "\(TestEngine.idle)"]
          depends_on: [redis]
          healthcheck: {test: [CMD, test, "!", -e, /tmp/sick], interval: 1s, timeout: 2s, retries: 1}
        sick:
          image: \(TestEngine.image)
          init: true
          network_mode: none
          command: [sh, -c, "\(TestEngine.idle)"]
          healthcheck: {test: [CMD-SHELL, "echo the disk is full; false"], interval: 1s, timeout: 2s, retries: 1}
        worker:
          image: \(TestEngine.image)
          init: true
          network_mode: none
          depends_on: {migrate: {condition: service_completed_successfully}}
          command: [sh, -c, "\(TestEngine.idle)"]
        migrate:
          image: \(TestEngine.image)
          network_mode: none
          command: ["true"]
        looping:
          image: \(TestEngine.image)
          network_mode: none
          restart: always
          command: [sh, -c, "exit 3"]
        hungry:
          image: \(TestEngine.image)
          network_mode: none
          mem_limit: 8m
          command: [sh, -c, "test -e /fed && { \(TestEngine.idle); }; touch /fed; echo ERROR eating all of it; x=aaaaaaaaaaaaaaaa; while :; do x=$$x$$x; done"]
        fragile:
          image: \(TestEngine.image)
          network_mode: none
          command: [sh, -c, "test -e /ran && exit 7; touch /ran; \(TestEngine.idle)"]
        debugger:
          image: \(TestEngine.image)
          profiles: [debug]
      networks:
        default:
          driver_opts: {com.docker.network.bridge.name: \(bridge)}
      """,
      to: shop
    )
    let idle =
      "{image: \"\(TestEngine.image)\", init: true, network_mode: none, command: [sh, -c, \"\(TestEngine.idle)\"]}"
    try write(
      """
      version: "2.4"
      services:
        redis: \(idle)
        web: \(idle)
        ledger: \(idle)
      """,
      to: other
    )
  }

  private func write(_ text: String, to directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try text.write(toFile: "\(directory)/docker-compose.yml", atomically: true, encoding: .utf8)
  }

  /// Debian's redis and PostgreSQL with the libraries they need, packed and imported.
  private func packImages() throws {
    runToItsEnd(
      [
        "/bin/sh", "-ec",
        """
        cd \(directory)
        pack() { # ROOT FILE...: copies files with the libraries they need
          root=$1; shift
          { printf '%s\\n' "$@"; ldd "$@" | grep -o '/[^ :)]*'; } | sort -u | while read -r file; do
            mkdir -p "$root${file%/*}"; cp -L "$file" "$root$file"
          done
        }
        import() { # ROOT NAME CHANGES
          tar -C "$1" -cf "$1.tar" .
          curl -sS --fail --unix-socket \(engine.socket) -X POST -H 'Content-Type: application/x-tar' \
            --data-binary "@$1.tar" "http://d/images/create?fromSrc=-&repo=$2&tag=1&changes=$3"
          rm -rf "$1" "$1.tar"
        }
        pack redis /usr/bin/redis-server
        import redis switchboard-redis ENV%20PATH=/usr/bin
        home=/usr/lib/postgresql/15
        mkdir -p postgres/data postgres/tmp postgres$home postgres/usr/share/postgresql
        chmod 1777 postgres/tmp; chown postgres postgres/data
        pack postgres $home/bin/postgres
        cp -r /usr/share/postgresql/15 postgres/usr/share/postgresql/
        mkdir -p postgres$home/lib; cp $home/lib/plpgsql.so $home/lib/dict_snowball.so postgres$home/lib/
        chmod 755 .; echo \(Self.password) >password; chmod 644 password
        setpriv --reuid postgres --regid postgres --clear-groups \
          $home/bin/initdb --no-locale -E UTF8 -A scram-sha-256 --pwfile=password -U shopkeeper --no-sync \
          -D postgres/data
        echo 'host all all all scram-sha-256' >>postgres/data/pg_hba.conf
        sed -i /timezone/d postgres/data/postgresql.conf # the image has no zones
        import postgres switchboard-postgres \
          ENV%20PATH=/usr/lib/postgresql/15/bin
        """,
      ],
      log: "\(directory)/images.log"
    )
  }

  // MARK: the bridge

  /// The project's network device bears the pid of its test process, so that those of killed ones are known.
  private static let bridgePrefix = "swtest"

  private static func sweepBridges() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? []
    for name in names where name.hasPrefix(bridgePrefix) {
      guard let owner = pid_t(name.dropFirst(bridgePrefix.count)), kill(owner, 0) != 0 else { continue }
      removeBridge(name)
    }
  }

  private static func removeBridge(_ name: String) {
    TestProcess(["/usr/sbin/ip", "link", "delete", name], log: "/dev/null").wait()
  }

  private static let removesBridgeAtExit: Bool = {
    atexit { ComposeStack.removeBridge("\(ComposeStack.bridgePrefix)\(getpid())") }
    return true
  }()
}
