import Facts
import Testing

@testable import Panels

struct ThemeTests {
  private func entries(
    changing role: String? = nil,
    to color: String = "default"
  ) -> [(role: String, color: String)] {
    ThemeRole.allCases.map { ($0.rawValue, $0.rawValue == role ? color : "#102030") }
  }

  /// Our own flat files, read line by line.
  private func embedded(_ name: String) throws -> Theme {
    let file = try #require(Theme.embeddedFiles.first { $0.name == name })
    let entries = String(decoding: file.yaml, as: UTF8.self).split(separator: "\n").filter { $0.first != "#" }
      .map { line -> (role: String, color: String) in
        let parts = line.split(separator: " ").map { String($0.filter { $0 != "\"" && $0 != ":" }) }
        return (parts[0], parts[1])
      }
    return try Theme(named: name, entries: entries)
  }

  @Test func errorsSayWhatToCorrect() {
    #expect(throws: ThemeError(code: .badColor, theme: "t", role: "crit", detail: "red")) {
      try Theme(named: "t", entries: entries(changing: "crit", to: "red"))
    }
    #expect(throws: ThemeError(code: .missingRole, theme: "t", role: "graph6", detail: "")) {
      try Theme(named: "t", entries: Array(entries().dropLast()))
    }
    #expect(throws: ThemeError(code: .duplicateRole, theme: "t", role: "text", detail: "")) {
      try Theme(named: "t", entries: entries() + [("text", "default")])
    }
    let error = #expect(throws: ThemeError.self) { try Theme(named: "t", entries: [("txet", "default")]) }
    #expect(error?.description.hasPrefix("theme t: there is no role txet; roles are text, muted") == true)
  }

  @Test(arguments: ["", "red", "#12345", "#1234567", "#12345g", "123456", "#+12345", "DEFAULT"])
  func badColorsAreRefused(text: String) {
    #expect(ThemeColor(text) == nil)
  }

  @Test func colorsAreWrittenAsTheyAreRead() {
    #expect(ThemeColor("#0a0B0c") == .rgb(10, 11, 12))
    #expect(ThemeColor.rgb(10, 11, 12).description == "#0a0b0c")
    #expect(ThemeColor("default")?.description == "default")
  }

  @Test func contrastIsThatOfTheStandard() throws {
    let blackOnWhite = try #require(ThemeColor.contrast(.rgb(0, 0, 0), .rgb(255, 255, 255)))
    #expect(abs(blackOnWhite - 21) < 0.001)
    let grey = try #require(ThemeColor.contrast(.rgb(0x77, 0x77, 0x77), .rgb(255, 255, 255)))
    #expect(abs(grey - 4.478) < 0.001)
    #expect(ThemeColor.contrast(.standard, .rgb(0, 0, 0)) == nil)
  }

  @Test(arguments: [
    ("default", "#000000"), ("default", "#12151d"), ("default", "#1e1e1e"), ("light", "#ffffff"),
    ("light", "#fdf6e3"),
  ])
  func embeddedThemesCanBeRead(name: String, screen: String) throws {
    let background = try #require(ThemeColor(screen))
    let findings = try embedded(name).contrastFindings(onScreen: background)
    #expect(findings == [], "\(findings)")
  }

  /// What stands on a selection, a header, a dialog or a button is read whatever is behind the screen.
  @Test(arguments: ["default", "light"], ["#000000", "#ffffff", "#1e1e1e", "#fdf6e3"])
  func ownBackgroundsCanBeReadOnEveryScreen(name: String, screen: String) throws {
    let theme = try embedded(name)
    let background = try #require(ThemeColor(screen))
    let indexed: (ThemeColor) -> ThemeColor = { color in
      guard case .rgb(let red, let green, let blue) = color else { return color }
      return ColorMapping.color256(ColorMapping.nearest256(red: red, green: green, blue: blue)) ?? color
    }
    for shown in [{ $0 }, indexed] {
      let findings = theme.contrastFindings(onScreen: background, as: shown).filter { $0.background != nil }
      #expect(findings == [], "\(findings)")
    }
    // The rule must be able to fail: text in the terminal's own colour would.
    for role in [ThemeRole.selection, .header, .dialog, .button] {
      let terminals: ThemeColor = name == "default" ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
      #expect((ThemeColor.contrast(terminals, theme[role]) ?? 0) < 4.5)
      #expect((ThemeColor.contrast(theme.textColor(on: role), theme[role]) ?? 0) >= 7)
    }
  }

  @Test func everyIndexIsItsColor() {
    #expect(ColorMapping.color256(16) == .rgb(0, 0, 0))
    #expect(ColorMapping.color256(202) == .rgb(255, 95, 0))
    #expect(ColorMapping.color256(255) == .rgb(238, 238, 238))
    #expect(ColorMapping.color256(15) == nil)
    for index in 16...255 {
      guard case .rgb(let red, let green, let blue) = ColorMapping.color256(index) else { continue }
      let nearest = ColorMapping.nearest256(red: red, green: green, blue: blue)
      #expect(ColorMapping.color256(nearest) == .rgb(red, green, blue), "\(index)")
    }
  }

  @Test func aSelectionWithoutColoursIsOneWholeBar() {
    for role in ThemeRole.allCases where !role.isBackground {
      for attributes in [Style.Attributes(), .bold, .dim] {
        let style = Style(role: role, background: .selection, attributes: attributes)
        #expect(style.monoAttributes == .reverse, "\(role)")
      }
    }
  }

  @Test func monoIsMono() throws {
    #expect(try embedded("mono").isMono)
    #expect(try !embedded("default").isMono)
    #expect(Theme.mono.isMono)
    #expect(Style(background: .selection).monoAttributes == .reverse)
    #expect(Style(role: .crit).monoAttributes == .bold)
  }

  @Test func nearestColorsAreThoseOfXterm() {
    #expect(ColorMapping.nearest256(red: 255, green: 255, blue: 255) == 231)
    #expect(ColorMapping.nearest256(red: 0, green: 0, blue: 0) == 16)
    #expect(ColorMapping.nearest256(red: 255, green: 0, blue: 0) == 196)
    #expect(ColorMapping.nearest256(red: 0x12, green: 0x12, blue: 0x12) == 233)
    #expect(ColorMapping.nearest256(red: 0x80, green: 0x80, blue: 0x80) == 244)
  }

  @Test func statesDifferOnEveryTerminal() throws {
    let theme = try embedded("default")
    let states: [ThemeRole] = [.ok, .warn, .crit, .stale, .nodata]
    for count in [8, 16] { #expect(Set(states.map { $0.fewColor(of: count) }).count == 5) }
    let indexed = states.map { role -> Int in
      guard case .rgb(let red, let green, let blue) = theme[role] else { return -1 }
      return ColorMapping.nearest256(red: red, green: green, blue: blue)
    }
    #expect(Set(indexed).count == 5)
    let glyphs = FactState.allCases.map { Glyph.glyph(for: $0) }
    #expect(Set(glyphs).count == 6)
  }
}
