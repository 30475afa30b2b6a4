internal import Facts
internal import Panels

/// What the name of a terminal's type tells beyond its entry in the database.
enum TerminalType {
  /// Terminals that do what xterm does and whose own entries servers often lack.
  private static let likeXterm = [
    "xterm", "ghostty", "kitty", "foot", "wezterm", "alacritty", "contour", "rio", "konsole", "vte", "gnome",
    "iterm", "st-",
  ]

  /// The types to try in turn for one that the database doesn't know; none for a name that tells nothing.
  static func substitutes(for type: String) -> [String] {
    if type.hasPrefix("tmux") || type.hasPrefix("screen") { return ["screen-256color", "screen"] }
    return likeXterm.contains(where: type.hasPrefix) ? ["xterm-256color", "xterm"] : []
  }

  /// The types to try in turn: first one with all colours, where the terminal says that it shows them.
  ///
  /// Terminals tell by COLORTERM what their entry, made for the least of their kind, doesn't.
  static func candidates(_ type: String, colorTerm: String?) -> [String] {
    guard colorTerm == "truecolor" || colorTerm == "24bit", type.hasSuffix("-256color") else { return [type] }
    return ["\(type.dropLast("-256color".count))-direct", type]
  }

  /// Whether it can be the name of a type: the database is asked for no other.
  static func isName(_ type: String) -> Bool {
    (1...128).contains(type.utf8.count)
      && type.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
  }

  /// The name as it may be shown.
  static func shown(_ type: String) -> String { SafeText(type).clipped(toColumns: 40).string }

  /// Whether its font has little beyond ASCII, whatever the character set: Linux' own console.
  static func hasPoorFont(_ type: String) -> Bool { type == "linux" || type.hasPrefix("linux-") }
}
