import DataSources
import Foundation
import ScreenSupport
import TestSupport
import Testing

/// Containers of a real engine that come, go, are made anew and change names between a key and its confirmation: the
/// one that the preview named is restarted, or none.
@Suite(.serialized) struct EngineReorderSweepTests {
  /// What happens to the list while a preview is open.
  private enum Turn: CaseIterable {
    case newcomer, another, gone, anew, renamed, swapped, scaled, paused
  }

  /// How many times a key is pressed: ten, with `SWEEP` up to a hundred.
  private static let times = min(100, 10 * Sweep.factor)
  private static let services = ["alpha", "beta", "gamma", "delta"]

  private let engine: TestEngine
  private let directory: String
  private let project: String

  init() throws {
    EventLoop.runOnOwnThread()
    engine = try TestEngine.shared.get()
    project = "turns\(UInt16.random(in: 0...9_999))"
    directory = "\(TestProcess.directory())/\(project)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let idle = "{image: \"\(TestEngine.image)\", network_mode: none}"
    let services = Self.services.map { "  \($0): \(idle)\n" }.joined()
    try "version: \"2.4\"\nservices:\n\(services)"
      .write(toFile: "\(directory)/docker-compose.yml", atomically: true, encoding: .utf8)
    try "version: 1\ngate: {within: 3s, then: 3s, settling: 200ms}\n"
      .write(toFile: "\(directory)/config.yaml", atomically: true, encoding: .utf8)
  }

  @Test func nothingIsRestartedButWhatThePreviewNamed() async throws {
    var random = SeededGenerator(state: 7)
    for service in Self.services { try make(service) }
    let console = try PseudoTerminal(
      [LiveStack.binary],
      environment: [
        "DOCKER_HOST": "unix://\(engine.socket)", "HOME": directory, "XDG_STATE_HOME": "\(directory)/state",
        "XDG_CONFIG_HOME": "\(directory)/none", "SWITCHBOARD_CONFIG": "\(directory)/config.yaml",
      ],
      directory: directory,
      width: 160,
      height: 48
    )
    defer { console.end() }
    console.see("compose \(project)")
    #expect(
      console.wait { $0.text.contains("as docker-compose reads it") || $0.text.contains("read plainly") }
    )
    var ends: [String: Int] = [:]
    for number in 0..<Self.times {
      let end = try turn(number, console, &random)
      ends[end, default: 0] += 1
      guard end != "wrong" else { break }
      try tidy()
    }
    print("engine: \(ends.map { "\($1) x \($0)" }.sorted().joined(separator: "; "))")
    #expect(ends["wrong"] == nil, "\(ends)")
    #expect(ends["restarted", default: 0] > Self.times / 4 && ends.count > 1, "\(ends)")
    console.press("Q")
    #expect(console.exitStatus() == 0)
    for id in try ids() { try engine.ask("DELETE", "/containers/\(id)?force=1") }
  }

  /// One key, one turn of things, one confirmation.
  /// - Returns: What came of it.
  private func turn(
    _ number: Int,
    _ console: PseudoTerminal,
    _ random: inout SeededGenerator
  ) throws -> String {
    let service = Self.services[Int(random.next() % UInt64(Self.services.count))]
    console.selectService(service)
    console.press("r")
    console.see("RESTART \(service)")
    let shown = try meant(console, insteadOf: nil)
    // It is one of that service, and of no other.
    #expect(try ids(of: service).contains { $0.hasPrefix(shown) }, "\(number): \(service)")
    let turns = (0...random.next() % 2).map { _ in
      Turn.allCases[Int(random.next() % UInt64(Turn.allCases.count))]
    }
    for turn in turns { try take(turn, service, number, &random) }
    let (before, recorded) = (engine.writes.count, ends)
    confirm(console)
    // The timeline tells of earlier ones, too: the record counts.
    let isOver = console.wait { $0.text.contains("changed meanwhile") || ends > recorded }
    #expect(isOver, "\(number) \(turns): \(console.screen.text)")
    var allowed = [shown]
    var end = "refused"
    if console.screen.text.contains("changed meanwhile") {
      // What is asked about once more is another one by now: nothing has been done to either.
      guard restarts(since: before) == [] else { return "wrong" }
      let newer = try meant(console, insteadOf: shown)
      #expect(try ids(of: service).contains { $0.hasPrefix(newer) }, "\(number)")
      allowed = [newer]
      confirm(console)
      #expect(console.wait { _ in ends > recorded }, "\(number): \(console.screen.text)")
      end = "asked once more"
    }
    let done = restarts(since: before)
    if end == "refused", !done.isEmpty { end = "restarted" }
    let isRight =
      done.count <= 1
      && done.allSatisfy { id in allowed.contains { id.hasPrefix($0) } }
    #expect(isRight, "\(number) \(service) \(turns): \(done), shown \(allowed)")
    // Escape closes the dialog or the progress; one too many says nothing.
    console.press(Key.escape)
    console.settle(milliseconds: 300)
    if console.screen.text.contains("RESTART \(service)") { console.press(Key.escape) }
    #expect(console.wait { !$0.text.contains("RESTART \(service)") }, "\(console.screen.text)")
    return isRight ? end : "wrong"
  }

  /// The beginning of the id that the preview names, once it is another one.
  private func meant(_ console: PseudoTerminal, insteadOf before: String?) throws -> String {
    var found: String?
    console.wait { screen in
      found = screen.text.firstMatch(of: #/POST /containers/([0-9a-f]{12})/restart\?t=10/#).map {
        String($0.1)
      }
      return found != nil && found != before
    }
    return try #require(found == before ? nil : found, "\(console.screen.text)")
  }

  /// Class 2: `y`, and after a moment Enter.
  private func confirm(_ console: PseudoTerminal) {
    console.confirm()
    console.see("Enter runs it")
    console.settle(milliseconds: 300)
    console.press(Key.enter)
  }

  /// How many acts the record says are over or were refused.
  private var ends: Int {
    let path = "\(directory)/state/switchboard/local/audit.jsonl"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").count {
      $0.contains(#""event":"end""#) || $0.contains(#""event":"refused""#)
    }
  }

  /// The ids of the containers that a restart was asked of.
  private func restarts(since count: Int) -> [String] {
    engine.writes.dropFirst(count).compactMap { line in
      line.firstMatch(of: #/POST /v1\.\d+/containers/([0-9a-f]+)/restart/#).map { String($0.1) }
    }
  }

  // MARK: the engine

  @discardableResult
  private func make(_ service: String, number: Int = 1) throws -> String {
    let name = "\(project)_\(service)_\(UInt32.random(in: 0...999_999))"
    return try engine.run(name, project: project, service: service, number: number)
  }

  /// The containers of the project, or of a service of it.
  private func ids(of service: String? = nil) throws -> [String] {
    let labels =
      ["com.docker.compose.project=\(project)"] + (service.map { ["com.docker.compose.service=\($0)"] } ?? [])
    let filter = "{\"label\":[\(labels.map { "\"\($0)\"" }.joined(separator: ","))]}"
    let escaped = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let list = try engine.ask("GET", "/containers/json?all=1&filters=\(escaped)")
    return JSONValue(parsing: Array(list.utf8))?.list?.compactMap { $0["Id"]?.text } ?? []
  }

  private func rename(_ id: String, to name: String) throws {
    try engine.ask("POST", "/containers/\(id)/rename?name=\(name)")
  }

  private func name(of id: String) throws -> String {
    let json = JSONValue(parsing: Array(try engine.ask("GET", "/containers/\(id)/json").utf8))
    return String(try #require(json?["Name"]?.text).dropFirst())
  }

  private func take(
    _ turn: Turn,
    _ service: String,
    _ number: Int,
    _ random: inout SeededGenerator
  ) throws {
    let others = Self.services.filter { $0 != service }
    let other = others[Int(random.next() % UInt64(others.count))]
    let (own, its) = (try ids(of: service), try ids(of: other))
    switch turn {
    // It sorts before all others.
    case .newcomer: try make("aaa\(number)")
    case .another: for id in its { try engine.ask("DELETE", "/containers/\(id)?force=1") }
    case .gone: for id in own { try engine.ask("DELETE", "/containers/\(id)?force=1") }
    case .anew:
      for id in own { try engine.ask("DELETE", "/containers/\(id)?force=1") }
      try make(service)
    case .renamed: for id in own { try rename(id, to: "\(project)_zulu_\(UInt32.random(in: 0...999_999))") }
    case .swapped:
      guard let mine = own.first, let theirs = its.first else { return }
      let names = (try name(of: mine), try name(of: theirs))
      try rename(mine, to: "\(names.0)-away")
      try rename(theirs, to: names.0)
      try rename(mine, to: names.1)
    case .scaled: try make(service, number: 2)
    case .paused: for id in its { try engine.ask("POST", "/containers/\(id)/stop?t=0") }
    }
  }

  /// Each service is there once, and runs; nothing else is.
  private func tidy() throws {
    for service in Self.services {
      let found = try ids(of: service)
      for id in found.dropFirst() { try engine.ask("DELETE", "/containers/\(id)?force=1") }
      if let id = found.first {
        try engine.ask("POST", "/containers/\(id)/start")
      } else {
        try make(service)
      }
    }
    let wanted = Set(try Self.services.flatMap { try ids(of: $0) })
    for id in try ids() where !wanted.contains(id) { try engine.ask("DELETE", "/containers/\(id)?force=1") }
  }
}
