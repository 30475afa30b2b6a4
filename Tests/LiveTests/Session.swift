import DataSources
import Facts
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
    seconds: Double = 20,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      wait(for: text, seconds: seconds),
      "\(text) in:\n\(screen.text)",
      sourceLocation: sourceLocation
    )
  }

  /// Moves the selection of the services' view to a service.
  func selectService(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    press("1")
    see("┌─ Services", sourceLocation: sourceLocation)
    // `g` on an empty list selects nothing: the cursor would then stay on the first row, whichever comes to be it.
    #expect(
      wait(seconds: 20) { screen in
        (0..<screen.size.height).contains { list(screen.row($0)).contains(" \(name) ") }
      },
      "\(name) listed in:\n\(screen.text)",
      sourceLocation: sourceLocation
    )
    press("g")
    for _ in 0..<20 where !isSelected(name) { press("j") }
    #expect(isSelected(name), "\(name) selected in:\n\(screen.text)", sourceLocation: sourceLocation)
  }

  /// The frame's right edge stands in the last column of every row between tabs and last line, but beside a
  /// tile that is a line because it has nothing to say.
  func expectAligned(sourceLocation: SourceLocation = #_sourceLocation) {
    settle()
    let screen = screen
    let edges: Set = ["│", "┐", "┘", "↓", "↑"]
    for y in 2..<(screen.size.height - 1) {
      let edge = screen.look(x: screen.size.width - 1, y: y).text
      let isQuiet = screen.row(y).reversed().drop { $0 == " " }.starts(with: "evil")
      #expect(edges.contains(edge) || isQuiet, "row \(y): \(screen.row(y))", sourceLocation: sourceLocation)
    }
  }

  private func isSelected(_ name: String) -> Bool {
    settle(milliseconds: 80)
    return (0..<screen.size.height).contains { y in
      // The timeline's rows know `▸` too, behind their time.
      let list = list(screen.row(y))
      return list.prefix(4).contains("▸") && list.contains(" \(name) ")
    }
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
