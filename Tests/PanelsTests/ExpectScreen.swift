import Facts
import Glibc
import Panels
import Testing

/// Expects a screen to look like its picture in `Screens`; `UPDATE_SCREENS=1` draws the pictures anew.
func expectScreen(
  _ buffer: CellBuffer,
  named name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let path = screensDirectory + "/" + name + ".txt"
  let drawn = picture(of: buffer)
  if getenv("UPDATE_SCREENS") != nil {
    write(drawn, to: path)
    return
  }
  let expected = contents(path)
  #expect(
    !expected.isEmpty,
    "there is no picture \(name); UPDATE_SCREENS=1 draws it",
    sourceLocation: sourceLocation
  )
  #expect(drawn == expected, "\(name) has changed:\n\(drawn)", sourceLocation: sourceLocation)
}

/// The text of a screen, a letter for each cell's style below it, and what the letters mean.
func picture(of buffer: CellBuffer) -> String {
  var legend: [Style] = [.text]
  var text = ""
  var styles = ""
  for y in 0..<buffer.height {
    var row = ""
    var rowStyles = ""
    for x in 0..<buffer.width {
      let point = Point(x: x, y: y)
      row += buffer.text(at: point)
      let style = buffer.cell(at: point)?.style ?? .text
      let index = legend.firstIndex(of: style) ?? legend.count
      if index == legend.count { legend.append(style) }
      rowStyles.append(letters[index])
    }
    text += row + "|\n"
    styles += rowStyles + "|\n"
  }
  let meanings = legend.enumerated().dropFirst().map { "\(letters[$0.offset]) \(words(for: $0.element))\n" }
  return text + "\n" + styles + "\n" + meanings.joined()
}

private let letters = Array(".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

private func words(for style: Style) -> String {
  var words = [style.role.rawValue]
  if style.attributes.contains(.bold) { words.append("bold") }
  if style.attributes.contains(.dim) { words.append("dim") }
  if style.attributes.contains(.reverse) { words.append("reverse") }
  if style.attributes.contains(.underline) { words.append("underline") }
  if let background = style.background { words.append("on \(background.rawValue)") }
  return words.joined(separator: " ")
}

/// Beside this file, so that a picture is read in the same diff as the code.
private let screensDirectory: String = {
  let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  return parts.dropLast().joined(separator: "/") + "/Screens"
}()

private func contents(_ path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
  return String(decoding: bytes, as: UTF8.self)
}

private func write(_ text: String, to path: String) {
  guard let file = fopen(path, "w") else {
    Issue.record("can't write \(path)")
    return
  }
  defer { fclose(file) }
  fputs(text, file)
}
