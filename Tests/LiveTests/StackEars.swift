import DataSources
import Foundation
import Glibc
import Testing

/// What each server of the stack hears of a console that changes something.
///
/// Only that console is heard: it has a role of Postgres and a user of Redis of its own, and a relay before the broker.
final class StackEars {
  /// What makes the console be heard, with a state and an own action `mine` of its own.
  let environment: [String: String]
  private static let services = [
    "backend", "celery-worker", "celery-beat", "postgres", "redis", "rabbitmq", "prometheus", "alertmanager",
  ]
  private static let user = "listened"
  private let stack: LiveStack
  private let relay: ScriptedServer
  private let file: String
  private let pids: [Int]
  private let backend: Int
  private let postgres: Int

  /// Begins to listen; what is heard is tried with a write to each.
  init(_ stack: LiveStack) async throws {
    self.stack = stack
    let base = "\(stack.directory)/ears-\(UInt16.random(in: 0...9_999))"
    file = "\(base)-made"
    let (relay, relayed) = try BrokerRelay.start(stack) { _ in .pass }
    self.relay = relay
    try await Self.sql(stack, "ALTER ROLE switchboard SET log_statement = 'all'")
    let redis = try #require(stack.variables["STACK_REDIS_URL"])
    let rules = ["on", ">listened-7", "~*", "&*", "+@all", "-@write", "-@scripting", "-@admin"]
    try await Self.redis(stack, ["ACL", "SETUSER", Self.user] + rules)
    var text = try String(contentsOfFile: try #require(relayed["SWITCHBOARD_CONFIG"]), encoding: .utf8)
    let source = "url: \(redis.replacing("redis://", with: "redis://\(Self.user)@")), password: {env: EARS}"
    try #require(text.contains("url: \(redis)"))
    text = text.replacing("url: \(redis)", with: source)
    text += "actions: {mine: {run: [/usr/bin/touch, \(file)]}}\n"
    try text.write(toFile: "\(base).yaml", atomically: true, encoding: .utf8)
    environment = [
      "SWITCHBOARD_CONFIG": "\(base).yaml", "XDG_STATE_HOME": "\(base)-state", "EARS": "listened-7",
    ]
    // A write of that role and of that user is heard.
    let url = try #require(stack.variables["STACK_PG_URL"]).replacing("postgres@", with: "switchboard@")
    let deaf = stack.log(of: "postgres").utf8.count
    _ = try await LiveStack.run(["/usr/bin/psql", "-X", url, "-c", "SELECT pg_cancel_backend(0)"])
    #expect(Self.statements(stack, from: deaf).filter(Self.changes).count == 1)
    let own = redis.replacing("redis://", with: "redis://\(Self.user):listened-7@")
    let written = try await LiveStack.run(["/usr/bin/redis-cli", "-u", own, "SET", "heard", "1"])
    #expect(written.output.contains("NOPERM"), "\(written)")
    #expect(try await Self.denied(stack).count == 1)
    try await Self.redis(stack, ["ACL", "LOG", "RESET"])
    var pids: [Int] = []
    for name in Self.services { pids.append(try await stack.pid(of: name)) }
    self.pids = pids
    backend = Self.changes(ofBackend: stack).count
    postgres = stack.log(of: "postgres").utf8.count
  }

  /// How many requests and statements that only read were heard.
  var reads: Int {
    relay.requests.count { $0.hasPrefix("GET ") } + Self.statements(stack, from: postgres).count
  }

  /// Stops listening.
  /// - Returns: What each server was asked that changes something.
  func end() async throws -> [String: [String]] {
    var heard: [String: [String]] = [
      "rabbitmq": relay.requests.filter { !$0.hasPrefix("GET ") },
      "postgres": Self.statements(stack, from: postgres).filter(Self.changes),
      "redis": try await Self.denied(stack),
      "backend": Array(Self.changes(ofBackend: stack).dropFirst(backend)),
      "own action": access(file, F_OK) == 0 ? [file] : [],
    ]
    heard["supervisor"] = []
    for (name, pid) in zip(Self.services, pids) where try await stack.pid(of: name) != pid {
      heard["supervisor"]?.append(name)
    }
    relay.stop()
    try await Self.sql(stack, "ALTER ROLE switchboard RESET log_statement")
    try await Self.redis(stack, ["ACL", "DELUSER", Self.user])
    return heard
  }

  // MARK: hearing

  /// The statements in the server's log behind a place.
  private static func statements(_ stack: LiveStack, from place: Int) -> [String] {
    let text = String(decoding: Array(stack.log(of: "postgres").utf8.dropFirst(place)), as: UTF8.self)
    // A statement's further lines begin with a tab.
    return text.replacing("\n\t", with: " ").split(separator: "\n").map(String.init).filter {
      $0.contains(#/LOG:  (statement|execute)/#)
    }
  }

  private static func changes(_ statement: String) -> Bool {
    let words =
      #/\b(insert|update|delete|truncate|alter|drop|create|grant|copy|pg_cancel_backend|pg_terminate_backend) ?\b/#
    return statement.contains(words.ignoresCase())
  }

  /// The requests other than GET and HEAD that the backend has heard, logins left out.
  private static func changes(ofBackend stack: LiveStack) -> [String] {
    stack.log(of: "backend").split(separator: "\n").map(String.init).filter { line in
      ["\"POST ", "\"PUT ", "\"DELETE ", "\"PATCH "].contains(where: line.contains)
        && !line.contains("/api/v1/auth/")
    }
  }

  /// What Redis has denied the user.
  private static func denied(_ stack: LiveStack) async throws -> [String] {
    let told = try await redis(stack, ["ACL", "LOG"])
    let lines = told.split(separator: "\n").map(String.init)
    return zip(lines, lines.dropFirst()).filter { $0.0 == "username" && $0.1 == user }.map(\.1)
  }

  @discardableResult
  private static func redis(_ stack: LiveStack, _ words: [String]) async throws -> String {
    let url = try #require(stack.variables["STACK_REDIS_URL"])
    let told = try await LiveStack.run(["/usr/bin/redis-cli", "-u", url] + words)
    #expect(told.code == 0 && !told.output.hasPrefix("ERR"), "\(told)")
    return told.output
  }

  private static func sql(_ stack: LiveStack, _ statement: String) async throws {
    let url = try #require(stack.variables["STACK_PG_URL"])
    let told = try await LiveStack.run(["/usr/bin/psql", "-X", url, "-c", statement])
    #expect(told.code == 0, "\(told)")
  }
}

/// Connections of the stack's database by the console's role: one runs a query, two have nothing to do.
final class IdleClients {
  /// The process that runs the query, as `query ls` lists it.
  private(set) var busy = ""
  private let stack: LiveStack
  private let name = "readonly\(getpid())"
  private let programs: [TestProcess]

  init(_ stack: LiveStack) {
    self.stack = stack
    let url = (stack.variables["STACK_PG_URL"] ?? "").replacing("postgres@", with: "switchboard@")
    let log = "\(stack.directory)/\(name).log"
    let idle = ["/usr/bin/python3", "-c", Self.idle, url]
    let busy = [
      "/usr/bin/env", "PGAPPNAME=\(name)", "/usr/lib/postgresql/15/bin/psql", "-X", "-d", url, "-c",
      "SELECT pg_sleep(603)",
    ]
    programs = [busy, idle, idle].map { TestProcess($0, log: log) }
  }

  private static let idle = """
    import sys, time, psycopg2
    connection = psycopg2.connect(sys.argv[1])
    connection.autocommit = True
    connection.cursor().execute("SELECT 1")
    time.sleep(900)
    """

  /// Waits until they are there, and idle for long enough to be meant.
  func settle() async throws {
    for _ in 0..<100 where busy.isEmpty {
      let list = try await stack.switchboard("query", "ls").output
      let line = list.split(separator: "\n").first { $0.contains(name) && $0.contains("603") }
      busy = line.map { String($0.prefix(while: \.isNumber)) } ?? ""
      if busy.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
    }
    try #require(!busy.isEmpty)
    try await Task.sleep(for: .seconds(2))
  }

  /// Ends them.
  func end() {
    for program in programs {
      program.send(SIGKILL)
      program.wait()
    }
  }
}
