import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

/// What the built console does with the effects of keys: each has a result that can be seen from outside.
///
/// Leaving, suspending, copying, previews, acts and details have theirs in the other suites.
@Suite(.serialized) struct LiveEffectTests {
  private let directory = TestProcess.directory()

  /// Two environments with a service `web` each, asked of a server of its own.
  private func console(here: ScriptedServer, there: ScriptedServer) throws -> PseudoTerminal {
    let environments = [("here", here), ("there", there)].map { name, server in
      """
        \(name):
          label: \(name.uppercased())
          runtime: {kind: none}
          services: {web: {liveness: {url: "\(server.url)", when: status == 200}}}
      """
    }
    let text = "version: 1\ndefault: here\nenvironments:\n" + environments.joined(separator: "\n") + "\n"
    try text.write(toFile: "\(directory)/config.yaml", atomically: true, encoding: .utf8)
    let console = try PseudoTerminal(
      [LiveStack.binary],
      environment: [
        "SWITCHBOARD_CONFIG": "\(directory)/config.yaml", "XDG_STATE_HOME": "\(directory)/state",
      ],
      width: 120,
      height: 40
    )
    console.see("HERE")
    return console
  }

  /// Runs what the palette finds first.
  private func choose(_ words: String, in console: PseudoTerminal) {
    console.press(":")
    console.type(words)
    console.press(Key.enter)
  }

  private func leave(_ console: PseudoTerminal) {
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test func redrawSendsTheWholeScreenAgain() throws {
    let server = ScriptedServer.answering("{}")
    let console = try console(here: server, there: server)
    console.see("answers")
    console.settle()
    _ = console.takeOutput()
    console.press("\u{0C}")
    #expect(console.wait { _ in String(decoding: console.output, as: UTF8.self).contains("HERE") })
    leave(console)
  }

  /// Every 16 s instead of every 2 s: a poll that comes well before that was asked for.
  @Test func aSlowerPaceIsKeptAndARefreshAsksAtOnce() throws {
    let times = Locked<[ContinuousClock.Instant]>([])
    let server = ScriptedServer.routing { _ in
      times.withLock { $0.append(.now) }
      return Array("{}".utf8)
    }
    let console = try console(here: server, there: server)
    console.press("+", "+", "+")
    console.see("polling at 8x the configured interval")
    // One poll was planned before.
    let planned = times.withLock { $0.count }
    #expect(console.wait { _ in times.withLock { $0.count } > planned })
    let pressed = ContinuousClock.now
    console.press("\u{12}")
    #expect(console.wait { _ in times.withLock { $0.count } == planned + 3 })
    let later = times.withLock { $0.suffix(2) }
    #expect(later[planned + 1] - pressed < .seconds(10), "asked at once")
    #expect(later[planned + 2] - later[planned + 1] > .seconds(10), "at its pace")
    leave(console)
  }

  @Test func anotherThemeHasOtherColours() throws {
    let server = ScriptedServer.answering("{}")
    let console = try console(here: server, there: server)
    console.see("answers")
    console.settle()
    // Those of the header, whose words stay.
    let looks = { (screen: VirtualScreen) in
      Set((0..<120).flatMap { [screen.look(x: $0, y: 0).foreground, screen.look(x: $0, y: 0).background] })
    }
    let before = looks(console.screen)
    choose("theme light", in: console)
    #expect(console.wait { looks($0) != before && !$0.text.contains("theme light") })
    choose("theme default", in: console)
    #expect(console.wait { looks($0) == before })
    leave(console)
  }

  /// What the environment that is left answers late is no answer of the one that is open.
  @Test func anAnswerToTheEnvironmentBeforeLandsNowhere() throws {
    let isReleased = Locked(false)
    let here = ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      while !isReleased.withLock({ $0 }) { usleep(10_000) }
      connection.write("HTTP/1.1 500 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    }
    let there = ScriptedServer.answering("{}")
    let console = try console(here: here, there: there)
    #expect(console.wait { _ in here.requests.count == 1 })
    choose("env there", in: console)
    console.see("THERE")
    #expect(console.wait { _ in !there.requests.isEmpty })
    console.press("1")
    console.see("answers")
    isReleased.withLock { $0 = true }
    let (asked, answered) = (here.requests.count, there.requests.count)
    var shown = ""
    let isAsked = console.wait { screen in
      if screen.text.contains("500") { shown = screen.text }
      return there.requests.count > answered + 3
    }
    #expect(isAsked)
    #expect(shown == "")
    #expect(here.requests.count == asked, "nobody asks there any more")
    console.press("9")
    console.see("┌─ Timeline")
    #expect(!console.screen.text.contains("500"), "\(console.screen.text)")
    leave(console)
  }

  @Test func aLiftOfReadOnlyReachesWhoActs() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let written = try String(contentsOfFile: stack.variables["SWITCHBOARD_CONFIG"] ?? "", encoding: .utf8)
    try written.replacing("label: DEMO", with: "label: DEMO\n    production: true").write(
      toFile: "\(directory)/production.yaml",
      atomically: true,
      encoding: .utf8
    )
    let console = try stack.console(
      environment: [
        "SWITCHBOARD_CONFIG": "\(directory)/production.yaml", "XDG_STATE_HOME": "\(directory)/state",
      ],
      width: 120,
      height: 40
    )
    console.see("read-only")
    console.selectService("backend")
    console.press("r")
    console.see("RESTART backend")
    console.confirm()
    console.see("this is production")
    console.press(Key.escape)
    choose("write 10m a reason", in: console)
    console.see("write for 10m")
    if !console.screen.text.contains("RESTART backend") { console.press("r") }
    console.see("RESTART backend")
    console.confirm()
    console.see("✓ recovered in ")
    console.press(Key.enter)
    leave(console)
  }
}
