internal import Glibc
internal import ScreenSupport
internal import Testing

/// Keys as a terminal sends them, and as the program takes them.
@Suite(.serialized)
struct KeyTests {
  @Test(arguments: [
    ("\u{1B}[A", "up"), ("\u{1B}OA", "up"), ("\u{1B}[B", "down"), ("\u{1B}OC", "right"), ("\u{1B}[D", "left"),
    ("\u{1B}[H", "home"), ("\u{1B}OF", "end"), ("\u{1B}[5~", "pageUp"), ("\u{1B}[6~", "pageDown"),
    ("\t", "tab"),
    ("\u{1B}[Z", "backTab"), ("\r", "enter"), ("\n", "enter"), ("\u{1B}", "escape"), ("\u{7F}", "backspace"),
    ("\u{8}", "backspace"), ("\u{1B}[3~", "delete"), ("\u{1B}OP", "function(1)"),
    ("\u{1B}[24~", "function(12)"),
    ("\u{3}", "control(\"c\")"), ("\u{1C}", "control(\"\\\\\")"), ("\u{13}", "control(\"s\")"),
    ("é", "character(\"é\")"), ("ル", "character(\"ル\")"),
    ("\u{1B}[200~x\u{1B}[201~", "pasted(\"x\")"),
    ("\u{1B}[27u", "escape"), ("\u{1B}[25~j", "character(\"j\")"), ("\u{1B}[>0;276;0cj", "character(\"j\")"),
    ("\u{1B}]52;c;ag==\u{07}j", "character(\"j\")"), ("\u{1B}[1;129B", "down"),
    ("\u{1B}[1;5Bj", "character(\"j\")"),
    ("\u{1B}[200~x", "pasted(\"x\")"),
  ])
  func keyIsDecoded(bytes: String, name: String) throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.type(bytes)
    #expect(terminal.wait(for: "keys: \(name)   "), "\(terminal.screen.row(23))")
  }

  @Test func tornArrowIsOneKey() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    for piece in ["\u{1B}", "[", "B"] {
      terminal.type(piece)
      #expect(terminal.wait { _ in terminal.isInputRead })
    }
    #expect(terminal.wait(for: "keys: down   "), "\(terminal.screen.row(23))")
  }

  @Test func tornCharacterIsOneKey() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.type([0xC3])
    #expect(terminal.wait { _ in terminal.isInputRead })
    terminal.type([0xA9])
    #expect(terminal.wait(for: "keys: character(\"é\")   "), "\(terminal.screen.row(23))")
  }

  @Test func brokenBytesAreNoKeys() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.type([0xFF, 0x80, 0xC0, 0xED, 0xA0, 0x80, 0x6A])
    #expect(terminal.wait(for: "keys: character(\"j\")   "), "\(terminal.screen.row(23))")
  }

  @Test func tenThousandKeysAreAllTaken() throws {
    let terminal = try probe()
    #expect(terminal.wait(for: "Services"))
    terminal.settle()
    let before = terminal.receivedBytes
    terminal.type(String(repeating: "x", count: 9_999) + "j")
    #expect(terminal.wait(for: "10000 ms"))
    terminal.settle()
    #expect(terminal.receivedBytes - before < 300_000)
  }
}
