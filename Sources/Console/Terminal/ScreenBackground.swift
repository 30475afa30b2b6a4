internal import Panels

/// Whether a terminal is dark or light behind the text.
enum ScreenBackground: Sendable, Hashable {
  case dark
  case light

  /// Judges a colour that the terminal has told.
  init(_ told: TerminalAnswers.Background) {
    // Where black text and white text are equally easy to read.
    let luminance = ThemeColor.rgb(told.red, told.green, told.blue).luminance ?? 0
    self = luminance > 0.179 ? .light : .dark
  }

  /// Reads `COLORFGBG`, such as `15;0`: the last number is the background's of sixteen; nil: it says nothing.
  init?(colorFGBG text: String?) {
    guard let text, let last = text.split(separator: ";").last, let number = Int(last),
      (0...15).contains(number)
    else { return nil }
    self = number < 7 || number == 8 ? .dark : .light
  }
}
