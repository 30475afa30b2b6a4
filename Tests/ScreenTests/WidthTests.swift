internal import Facts
internal import Panels
internal import ScreenSupport
internal import Testing

/// Our widths against a terminal emulator's, where both know the scalar.
struct WidthTests {
  @Test(arguments: [
    "a", "é", "ß", "Ω", "Я", "א", "ع", "→", "●", "▲", "✗", "◌", "▸", "○", "✓", "…", "─", "┌", "┈", "▁", "█",
    "░", "⣿", "‹", "·",
    "①", "日", "本", "ル", "ﾙ", "ｆ", "한", "글", "《", "　", "e\u{301}", "ก็", "न", "ạ̈",
  ])
  func emulatorAgrees(text: String) {
    let screen = VirtualScreen(width: 20, height: 1)
    _ = screen.feed(Array(("\u{1B}[H" + text).utf8))
    #expect(screen.cursor.x == SafeText(text).widthInColumns)
  }
}
