internal import Facts

/// Names of runs and scenarios for narrow columns.
enum ShortName {
  /// `…Smart Home` of `Category Run: Smart Home`: a cut at the end would leave the same of every name.
  static func of(_ name: SafeText) -> SafeText {
    guard let colon = name.string.firstRange(of: ": "), colon.upperBound < name.string.endIndex else {
      return name
    }
    return SafeText("…" + name.string[colon.upperBound...])
  }
}
