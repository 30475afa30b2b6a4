internal import Glibc
internal import ScreenSupport
internal import Testing

/// What is painted on terminals of several types and sizes.
@Suite(.serialized)
struct TerminalTests {
  @Test func unchangedScreenSendsNothing() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    #expect(terminal.settle(milliseconds: 500))
  }

  @Test func wideCharactersKeepTheirColumns() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "フロントエンド"))
    let screen = terminal.screen
    let row = try #require((0..<24).first { screen.row($0).contains("フロント") })
    let column = try #require((0..<80).first { screen.look(x: $0, y: row).text == "フ" })
    #expect(screen.look(x: column, y: row).width == 2)
    #expect(screen.look(x: column + 1, y: row).isRightHalf)
    #expect(screen.look(x: 79, y: row).text == "│")
  }

  @Test func hundredResizesEndInTheRightScreen() throws {
    let terminal = try probe(width: 100, height: 30)
    #expect(terminal.wait(for: "Services"))
    for step in 0..<100 {
      let size = [(1, 1), (2, 1), (1, 5), (7, 3), (20, 5), (80, 24), (300, 80), (40, 12)][step % 8]
      terminal.resize(width: size.0, height: size.1)
      terminal.pump(milliseconds: 5)
    }
    terminal.resize(width: 132, height: 40)
    #expect(terminal.wait { $0.row(0).contains("switchboard") && $0.row(39).contains("? help") })
    terminal.settle()
    let fresh = try probe(width: 132, height: 40)
    #expect(fresh.wait(for: "Services"))
    fresh.settle()
    #expect(terminal.screen.text == fresh.screen.text)
    terminal.type("q")
    #expect(terminal.exitStatus() == 0)
    expectRestored(terminal)
  }

  @Test(arguments: [(1, 1), (1, 30), (3, 2), (10, 3), (20, 5), (400, 100)])
  func everySizeIsAccepted(width: Int, height: Int) throws {
    let terminal = try probe(width: width, height: height)
    #expect(terminal.wait { $0.isAlternate })
    terminal.settle()
    terminal.type("d")
    terminal.settle()
    terminal.resize(width: 80, height: 24)
    terminal.type("q")
    #expect(terminal.exitStatus() == 0)
    expectRestored(terminal)
  }

  @Test(arguments: [
    ("dumb", "a terminal of type dumb has no movable cursor"), ("", "TERM is not set"),
    ("nothing-of-this-name", "the terminal type nothing-of-this-name is unknown here"),
  ])
  func uselessTypesAreRefusedInOneLine(type: String, message: String) throws {
    let terminal = try probe(environment: ["TERM": type], width: 120)
    #expect(terminal.exitStatus() == 69)
    #expect(terminal.screen.text.contains(message))
    #expect(terminal.screen.text.contains("status"))
    expectRestored(terminal)
  }

  @Test(arguments: ["linux", "vt100", "xterm", "screen", "tmux-256color", "xterm-256color", "rxvt"])
  func usualTypesWork(type: String) throws {
    let terminal = try probe(environment: ["TERM": type])
    #expect(terminal.wait(for: "Services"))
    terminal.settle()
    #expect(terminal.screen.row(23).contains("? help"))
    #expect(terminal.screen.row(2).contains(type == "linux" ? "-+" : "┐"))
    terminal.type("jd")
    #expect(terminal.wait(for: "Restart postgres"))
    terminal.type("q")
    #expect(terminal.exitStatus() == 0)
    #expect(terminal.areModesRestored)
  }

  @Test func colorsAreTheNearestOfThePalette() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "✗ CRIT"))
    terminal.settle()
    let column = try #require((0..<80).first { terminal.screen.look(x: $0, y: 0).text == "✗" })
    let look = terminal.screen.look(x: column, y: 0)
    #expect(look.foreground == 209)
    #expect(look.background == 236)
    #expect(look.isBold)
  }

  @Test(arguments: ["xterm-ghostty", "xterm-kitty-of-tomorrow", "footwear", "wezterm-nightly"])
  func unknownTypesLikeXtermAreTakenForIt(type: String) throws {
    let terminal = try probe(environment: ["TERM": type])
    #expect(terminal.wait(for: "┌─ Services"))
    terminal.type("\u{1B}[B")
    #expect(terminal.wait(for: "keys: down   "))
  }

  @Test(arguments: ["\u{1B}]0;owned\u{07}x", "../x", String(repeating: "xterm", count: 1_000)])
  func hostileTypesAreToldInOneHarmlessLine(type: String) throws {
    let terminal = try probe(environment: ["TERM": type], width: 160)
    #expect(terminal.exitStatus() == 69)
    let output = String(decoding: terminal.takeOutput(), as: UTF8.self)
    #expect(output.utf8.count < 300)
    #expect(!output.contains("\u{1B}") && !output.contains("\u{07}"))
    #expect(output.contains("is unknown here"))
  }

  @Test func theBackgroundIsAskedOnceAndObeyed() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "✗ CRIT"))
    terminal.settle()
    let asked = String(decoding: terminal.takeOutput(), as: UTF8.self)
    #expect(asked.split(separator: "\u{1B}]11;?").count == 2)
    let column = try #require((0..<80).first { terminal.screen.look(x: $0, y: 0).text == "✗" })
    #expect(terminal.screen.look(x: column, y: 0).foreground == 209)
    terminal.type("\u{1B}]11;rgb:ffff/ffff/ffff\u{1B}\\")
    #expect(terminal.wait { $0.look(x: column, y: 0).foreground == 124 })
    terminal.settle()
    #expect(terminal.screen.look(x: column, y: 0).background == 255)
    #expect(terminal.screen.row(23).contains("? help"), "an answer is no key")
    #expect(!String(decoding: terminal.takeOutput(), as: UTF8.self).contains("]11;?"))
  }

  @Test func colorFGBGIsObeyedWhereTheTerminalSaysNothing() throws {
    let terminal = try probe(environment: ["COLORFGBG": "0;15"])
    #expect(terminal.wait(for: "✗ CRIT"))
    terminal.settle()
    let column = try #require((0..<80).first { terminal.screen.look(x: $0, y: 0).text == "✗" })
    #expect(terminal.screen.look(x: column, y: 0).background == 255)
  }

  @Test func trueColoursAreUsedWhereTheyAreTold() throws {
    let terminal = try probe(environment: ["COLORTERM": "truecolor"])
    #expect(terminal.wait(for: "✗ CRIT"))
    terminal.settle()
    // The theme's own: #ff783c on #26303c.
    let output = String(decoding: terminal.takeOutput(), as: UTF8.self)
    #expect(output.contains("38:2::255:120:60") && output.contains("48:2::38:48:60"))
    terminal.type("\u{1B}[B")
    #expect(terminal.wait(for: "keys: down   "))
  }

  @Test func noColorMeansNone() throws {
    let terminal = try probe(environment: ["NO_COLOR": "1"])
    #expect(terminal.wait(for: "Services"))
    terminal.settle()
    for y in 0..<24 {
      for x in 0..<80 {
        let look = terminal.screen.look(x: x, y: y)
        #expect(look.foreground == -1 && look.background == -1)
      }
    }
    #expect(terminal.screen.look(x: 5, y: 0).isReversed)
  }

  @Test(arguments: ["C", "POSIX"])
  func plainLocaleMeansASCII(locale: String) throws {
    let terminal = try probe(environment: ["LC_ALL": locale])
    #expect(terminal.wait(for: "Services"))
    terminal.settle()
    #expect(terminal.screen.text.utf8.allSatisfy { $0 < 0x80 })
    #expect(terminal.screen.row(2).hasPrefix("+- Services - compose"))
  }

  @Test(arguments: ["", "xx_XX.UTF-8"])
  func unsetOrMissingLocaleMeansUnicode(locale: String) throws {
    let terminal = try probe(environment: ["LANG": locale])
    #expect(terminal.wait(for: "┌─ Services"))
  }

  @Test func stoppedTerminalHoldsNothing() throws {
    let terminal = try probe(width: 300, height: 100)
    #expect(terminal.wait(for: "Services"))
    terminal.settle()
    // Nobody reads: far more than the terminal's buffer is painted, then everything is read at once.
    for _ in 0..<60 {
      terminal.type([0x0C, UInt8(ascii: "d")])
      usleep(5_000)
    }
    terminal.type("j")
    #expect(terminal.wait(for: "character(\"j\")"))
    terminal.type("q")
    #expect(terminal.exitStatus() == 0)
    expectRestored(terminal)
  }
}
