internal import Glibc
internal import ScreenSupport
internal import Testing

/// The built probe in a terminal of its own.
func probe(
  environment: [String: String] = [:],
  width: Int = 80,
  height: Int = 24
) throws -> PseudoTerminal {
  var name = [CChar](repeating: 0, count: 4_096)
  let length = readlink("/proc/self/exe", &name, name.count - 1)
  let own = String(decoding: name.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let directory = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
    separator: "/"
  )
  return try PseudoTerminal(
    [directory + "/ScreenProbe"],
    environment: environment,
    width: width,
    height: height
  )
}

/// Expects the terminal as it was before the program.
func expectRestored(_ terminal: PseudoTerminal, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(terminal.areModesRestored, "modes", sourceLocation: sourceLocation)
  #expect(!terminal.screen.isAlternate, "alternate screen", sourceLocation: sourceLocation)
  #expect(terminal.screen.isCursorVisible, "cursor", sourceLocation: sourceLocation)
}
