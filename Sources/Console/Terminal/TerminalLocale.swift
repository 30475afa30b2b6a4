internal import Glibc

/// Chooses the character set: UTF-8 wherever it can be had, ASCII where it was asked for.
enum TerminalLocale {
  /// What the environment asks for.
  enum Wish: Sendable, Hashable {
    /// Nothing is said: UTF-8 is tried.
    case unset
    /// C or POSIX, said explicitly: ASCII.
    case plain
    /// A locale by name.
    case named(String)
  }

  /// Reads the first of LC_ALL, LC_CTYPE and LANG that says anything.
  static func wish(_ environment: [String: String]) -> Wish {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    guard let said else { return .unset }
    return said == "C" || said == "POSIX" ? .plain : .named(said)
  }

  /// Sets the process' character set, nothing else of the locale.
  ///
  /// - Returns: Whether only ASCII can be shown.
  static func choose(_ environment: [String: String]) -> Bool {
    switch wish(environment) {
    case .plain:
      setlocale(LC_CTYPE, "C")
      return true
    case .unset:
      return setlocale(LC_CTYPE, "C.UTF-8") == nil
    case .named(let name):
      // A locale that is not installed here is common over ssh; its user still has UTF-8.
      if setlocale(LC_CTYPE, name) == nil { return setlocale(LC_CTYPE, "C.UTF-8") == nil }
      guard let codeset = nl_langinfo(Int32(CODESET)) else { return true }
      return String(cString: codeset) != "UTF-8"
    }
  }
}
