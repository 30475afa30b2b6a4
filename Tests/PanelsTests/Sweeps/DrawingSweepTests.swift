import Facts
import TestSupport
import Testing

@testable import Panels

/// Whatever text and numbers come, they are drawn inside of their area.
@Suite struct DrawingSweepTests {
  private static let numbers: [Double?] = [
    nil, 0, 1, -1, 0.5, 1e-300, .leastNonzeroMagnitude, 1e300, -.greatestFiniteMagnitude,
    .greatestFiniteMagnitude, .infinity, -.infinity, .nan, 1_243,
  ]

  @Test func everyTextKeepsToItsColumns() {
    let mutation = Mutation(
      of: "café 👨‍👩‍👧 🇩🇪 日本 한글 ❤️ 1️⃣ e\u{301}\u{301}",
      "\u{1B}[31mred\u{202E}",
      "ｆ①\u{301}\u{200D}",
      pieces: [
        "\u{200D}", "\u{FE0F}", "\u{FE0E}", "\u{301}", "\u{1F3FD}", "\u{1F1E9}", "日", "\u{1160}", "\u{E0100}",
      ]
    )
    let failures = Sweep(seed: 1, cases: 3_000).failures(of: mutation) { bytes in
      let text = SafeText(utf8: bytes)
      for width in [0, 1, 2, 7, 40] {
        var buffer = CellBuffer(width: width + 2, height: 3)
        let used = buffer.put(text, at: Point(x: 1, y: 1), maxWidth: width)
        if used > width { return "\(used) of \(width) columns" }
        let around = [0, 2].flatMap { y in (0..<(width + 2)).map { Point(x: $0, y: y) } }
        let edges = [Point(x: 0, y: 1), Point(x: width + 1, y: 1)]
        if (around + edges).contains(where: { ![" ", ""].contains(buffer.text(at: $0)) }) {
          return "it leaves its \(width) columns"
        }
      }
      var narrow = CellBuffer(width: 12, height: 1, isASCII: true)
      narrow.put(text, at: Point(x: 0, y: 0))
      let isASCII = (0..<12).allSatisfy { narrow.text(at: Point(x: $0, y: 0)).utf8.allSatisfy { $0 < 0x80 } }
      return isASCII ? nil : "not ASCII"
    }
    #expect(failures == [])
  }

  @Test func everyNumberCanBeCharted() {
    let failures = Sweep(seed: 10_000, cases: 2_000).failures({ generator in
      (0..<Int.random(in: 4...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
      }
    }) { bytes in
      func number(_ byte: UInt8) -> Double? { Self.numbers[Int(byte) % Self.numbers.count] }
      let values = bytes.dropFirst(4).map(number)
      let top = number(bytes[0])
      var chart = Chart(values, top: top)
      if let limit = number(bytes[1]) { chart.thresholds = [.init(limit, label: "limit", role: .warn)] }
      let area = Rect(x: 0, y: 0, width: Int(bytes[2] % 50), height: Int(bytes[3] % 12))
      var buffer = CellBuffer(width: 60, height: 14)
      chart.draw(into: &buffer, area: area)
      Sparkline(values, top: top).draw(into: &buffer, area: area)
      Meter(top ?? 0, role: .warn).draw(into: &buffer, area: area)
      _ = Sparkline(values, top: top).text(width: Int(bytes[2] % 50))
      return nil
    }
    #expect(failures == [])
  }

  @Test func everyThemeIsAThemeOrRefusedInWords() {
    let good = ThemeRole.allCases.map { "\($0.rawValue)=#a0b1c2" }.joined(separator: "\n")
    let mutation = Mutation(
      of: [Array(good.utf8)],
      pieces: ["=", "#", "default", "#12345g", "\n", "#ffffff"]
    )
    let failures = Sweep(seed: 20_000, cases: 1_000).failures(of: mutation) { bytes in
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      let entries = lines.map { line in
        let end = line.firstIndex(of: "=") ?? line.endIndex
        return (role: String(line[..<end]), color: String(line[end...].dropFirst()))
      }
      do throws(ThemeError) {
        let theme = try Theme(named: "t", entries: entries)
        return theme.isMono && lines.contains { $0.contains("#") } ? "its colours are lost" : nil
      } catch {
        return error.description.isEmpty ? "refused without words" : nil
      }
    }
    #expect(failures == [])
  }
}
