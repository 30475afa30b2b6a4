import Facts
import Panels
import Testing

@testable import Console

/// What is known of a terminal before it has answered anything.
struct TerminalTypeTests {
  @Test(arguments: ["xterm-ghostty", "xterm-kitty", "foot", "foot-extra", "wezterm", "alacritty", "ghostty"])
  func whatIsLikeXtermIsTakenForIt(type: String) {
    #expect(TerminalType.substitutes(for: type) == ["xterm-256color", "xterm"])
  }

  @Test func whatTellsNothingIsTakenForNothing() {
    #expect(TerminalType.substitutes(for: "nothing-of-this-name") == [])
    #expect(TerminalType.substitutes(for: "dumb") == [])
    #expect(TerminalType.substitutes(for: "tmux-direct") == ["screen-256color", "screen"])
  }

  @Test func trueColourIsAskedForWhereItIsTold() {
    #expect(
      TerminalType.candidates("xterm-256color", colorTerm: "truecolor") == ["xterm-direct", "xterm-256color"]
    )
    #expect(TerminalType.candidates("tmux-256color", colorTerm: "24bit") == ["tmux-direct", "tmux-256color"])
    #expect(TerminalType.candidates("xterm-256color", colorTerm: nil) == ["xterm-256color"])
    #expect(TerminalType.candidates("xterm-256color", colorTerm: "yes") == ["xterm-256color"])
    #expect(TerminalType.candidates("xterm", colorTerm: "truecolor") == ["xterm"])
  }

  @Test func hostileNamesAreAskedForNowhereAndShownHarmlessly() {
    let long = "xterm" + String(repeating: "x", count: 5_000)
    for type in ["\u{1B}]0;x\u{07}", long, "../../etc/passwd", "a b", ""] {
      #expect(!TerminalType.isName(type))
      let told = TerminalError(code: .unknownType, detail: type).description
      #expect(told.count < 160)
      #expect(told.unicodeScalars.allSatisfy(SafeText.isHarmless))
    }
    for type in ["xterm-256color", "rxvt-unicode-256color", "screen.xterm-256color", "vt100"] {
      #expect(TerminalType.isName(type))
    }
  }

  @Test(arguments: [
    (nil, nil), ("", nil), ("15;0", ScreenBackground.dark), ("0;15", .light), ("0;default;15", .light),
    ("15;8", .dark), ("0;7", .light), ("12;6", .dark), ("0;default", nil), ("0;99", nil), ("0;-1", nil),
  ])
  func colorFGBGTellsTheBackground(text: String?, background: ScreenBackground?) {
    #expect(ScreenBackground(colorFGBG: text) == background)
  }

  @Test func aToldBackgroundIsJudgedByItsLight() {
    #expect(ScreenBackground(.init(red: 0x1E, green: 0x1E, blue: 0x2E)) == .dark)
    #expect(ScreenBackground(.init(red: 0xFD, green: 0xF6, blue: 0xE3)) == .light)
    #expect(ScreenBackground(.init(red: 0, green: 0x2B, blue: 0x36)) == .dark)
  }

  @Test func onlyTheThemeThatGoesByTheTerminalChanges() {
    let themes = BuiltInThemes.all()
    #expect(BuiltInThemes.onLight("default", themes)?.name == "light")
    #expect(BuiltInThemes.onLight("light", themes) == nil)
    #expect(BuiltInThemes.onLight("mono", themes) == nil)
  }

  @Test func fewColoursMakeOneBarOfASelection() throws {
    let theme = try #require(BuiltInThemes.all()["default"])
    for depth in [ColorDepth.few(8), .few(16)] {
      let palette = ColorPalette(theme, depth: depth)
      let looks = ThemeRole.allCases.filter { !$0.isBackground }.map {
        palette.look(of: Style(role: $0, background: .selection))
      }
      #expect(Set(looks).count == 1)
      #expect(looks.first?.bits == 4)
    }
  }

  @Test func textOnABackgroundOfItsOwnIsNotTheTerminals() throws {
    for name in ["default", "light"] {
      let theme = try #require(BuiltInThemes.all()[name])
      for depth in [ColorDepth.indexed, .direct] {
        let palette = ColorPalette(theme, depth: depth)
        for role in [ThemeRole.selection, .header, .dialog, .button] {
          #expect(palette.look(of: Style(background: role)).pair.foreground != -1)
        }
        #expect(palette.look(of: Style()).pair.foreground == -1)
      }
    }
  }

  @Test func aGapTellsThatTheProcessWasStopped() {
    func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1_000_000_000)) }
    var clock = StopClock(at(0))
    #expect(clock.advance(to: at(5)) == nil)
    #expect(clock.advance(to: at(14.9)) == nil)
    #expect(clock.advance(to: at(74.9)) == .seconds(60))
    #expect(clock.advance(to: at(75)) == nil)
    #expect(clock.advance(to: at(85)) == .seconds(10))
  }
}
