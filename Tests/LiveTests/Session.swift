import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

extension PseudoTerminal {
  /// Presses keys one by one, each alone: a person's pace, not a paste's.
  func press(_ keys: String...) {
    for key in keys {
      settle(milliseconds: 80)
      type(key)
    }
  }

  /// Presses `y` as somebody does who has read the preview.
  func confirm() {
    settle(milliseconds: 300)
    type("y")
  }

  /// Waits for a text and says what was there instead.
  func see(
    _ text: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      wait(for: text),
      "\(text) in:\n\(screen.text)",
      sourceLocation: sourceLocation
    )
  }

  /// Waits for a text beside the list, wherever its lines are wrapped.
  func seeBeside(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
      wait { _ in beside.contains(text) },
      "\(text) in:\n\(screen.text)",
      sourceLocation: sourceLocation
    )
  }

  /// What stands beside the list, without the frame, in one line.
  private var beside: String {
    (0..<screen.size.height).compactMap { y -> String? in
      let row = screen.row(y)
      return row.firstRange(of: "││").map {
        row[$0.upperBound...].trimmingCharacters(in: ["│", " "])
      }
    }.joined(separator: " ")
  }

  /// Moves the selection of the services' view to a service, from wherever it is.
  func selectService(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    press("1")
    see("┌─ Services", sourceLocation: sourceLocation)
    #expect(
      wait { _ in row(of: name) != nil },
      "\(name) listed in:\n\(screen.text)",
      sourceLocation: sourceLocation
    )
    // One key, then a look: a key too many, typed before the last one was seen, is taken back.
    for _ in 0..<40 where !isSelected(name) {
      press((selectedRow ?? 0) < (row(of: name) ?? 0) ? "j" : "k")
    }
    #expect(isSelected(name), "\(name) selected in:\n\(screen.text)", sourceLocation: sourceLocation)
  }

  /// The frame's right edge stands in the last column of every row between tabs and last line.
  ///
  /// A tile that is a line, because it has nothing to say, has no frame: `live` stands where its age belongs.
  func expectAligned(sourceLocation: SourceLocation = #_sourceLocation) {
    settle()
    let screen = screen
    let edges: Set = ["│", "┐", "┘", "↓", "↑"]
    for y in 2..<(screen.size.height - 1) {
      let edge = screen.look(x: screen.size.width - 1, y: y).text
      // A cell that was written once is a space, one that never was is empty.
      let age = (screen.size.width - 8..<screen.size.width).map { screen.look(x: $0, y: y).text }
        .map { $0.isEmpty ? " " : $0 }.joined()
      let isQuiet =
        age == " live   "
        && screen.row(y).contains(#/[│┐┘ ]  [A-Z][a-z ]+  [^│␛]+ live$/#)
      let told: Comment = "row \(y): \(screen.row(y)), its end '\(age)'"
      #expect(edges.contains(edge) || isQuiet, told, sourceLocation: sourceLocation)
    }
  }

  private func isSelected(_ name: String) -> Bool {
    settle()
    return selectedRow != nil && selectedRow == row(of: name)
  }

  /// The row with the mark; the timeline's rows know it too, behind their time.
  private var selectedRow: Int? { row { $0.prefix(4).contains("▸") } }

  /// The row of a service: its name is the first word.
  private func row(of name: String) -> Int? {
    row { $0.drop { !$0.isLetter }.hasPrefix("\(name) ") }
  }

  private func row(where holds: (Substring) -> Bool) -> Int? {
    (0..<screen.size.height).first { holds(list(screen.row($0))) }
  }

  /// A row without what stands beside the list: that may hold the mark and the name, too.
  private func list(_ row: String) -> Substring {
    row.firstRange(of: "││").map { row[..<$0.lowerBound] } ?? row[...]
  }
}

/// The keys of a terminal.
enum Key {
  static let enter = "\r"
  static let escape = "\u{1B}"
}

extension VirtualScreen {
  /// How many tiles say that they are live, those that are a line included.
  var liveTiles: Int { text.replacing("\n", with: " \n").split(separator: " live ").count - 1 }
}
