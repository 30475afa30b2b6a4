import Facts
import TestSupport
import Testing

/// Texts and times from outside, in every shape.
@Suite struct TextSweepTests {
  private static let timestamps = [
    "2026-11-24T03:48:54.123456+01:30", "2026-11-23T17:21:47.279340904Z", "2026-11-24 03:48:54.123+00",
    "2026-11-24T03:48:54", "0001-01-01T00:00:00Z", "9999-12-31t23:59:60,5-2359",
  ]

  @Test func timestampsAreReadOrRefused() {
    var read = 0
    let mutation = Mutation(
      of: Self.timestamps.map { Array($0.utf8) },
      pieces: ["T", "Z", "+", ":", ".", "02-29"]
    )
    let failures = Sweep(seed: 11, cases: 5_000).failures(of: mutation) { bytes in
      guard let time = WallTime(timestamp: String(decoding: bytes, as: UTF8.self)) else { return nil }
      read += 1
      guard time.secondsSince1970.isFinite else { return "an infinite time" }
      // The written form has milliseconds: what it reads back to is at most half of one away.
      let written = Format.timestampWithMilliseconds(time)
      guard let again = WallTime(timestamp: written) else { return "\(written) can't be read back" }
      let distance = abs(again.secondsSince1970 - time.secondsSince1970)
      let isOutside = !(-62_167_219_200...253_402_300_799).contains(time.secondsSince1970)
      return distance <= 0.001 || isOutside ? nil : "\(written) is another time"
    }
    #expect(failures == [])
    #expect(read > 100)
    #expect(WallTime(timestamp: String(repeating: "9", count: 100_000)) == nil)
  }

  @Test func everyTextBecomesHarmlessAndOneLine() {
    let mutation = Mutation(
      of:
        "2026-11-23 ERROR \u{1B}]0;title\u{7}\u{1B}[2J \u{202E}evil\u{2066} café 👨‍👩‍👧 日本 ❤️ \u{AD}\u{FEFF}\r\n\t",
      "plain ASCII",
      pieces: ["\u{9B}31m", "\u{85}", "\u{2028}", "\u{E0041}", "\u{200B}", "\u{200D}", "\u{FE0F}", "\u{7F}"]
    )
    let failures = Sweep(seed: 5, cases: 4_000).failures(of: mutation) { bytes in
      let whole = SafeText(utf8: bytes)
      let cut = SafeText(utf8: bytes, limit: 16)
      for text in [whole, cut] {
        if let scalar = text.string.unicodeScalars.first(where: Self.steersOrHides) {
          return "U+\(String(scalar.value, radix: 16)) passes"
        }
        if SafeText(text.string) != text { return "cleaning it again changes it" }
      }
      return cut.string.unicodeScalars.count <= 17 ? nil : "not cut: \(cut)"
    }
    #expect(failures == [])
  }

  /// Control characters, line ends, and what is invisible or turns the reading direction.
  private static func steersOrHides(_ scalar: Unicode.Scalar) -> Bool {
    if [0x200D, 0xFE0E, 0xFE0F].contains(scalar.value) { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return false
    }
  }

  @Test func everyNumberAndDurationHasAText() {
    let failures = Sweep(seed: 3, cases: 3_000).failures(Self.eightBytes) { bytes in
      let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let number = Double(bitPattern: bits)
      let time = WallTime(secondsSince1970: number)
      var texts = FactUnit.allCases.map { Format.value(.number(number), unit: $0) }
      texts += [Format.compact(number), Format.score(number)]
      texts += [Format.timestampWithMilliseconds(time), Format.timestamp(time)]
      let duration = Duration.nanoseconds(Int64(bitPattern: bits))
      let longest = Duration.seconds(Int64(bitPattern: bits))
      for duration in [duration, longest] {
        texts += [Format.duration(duration), Format.uptime(duration), Format.age(duration)]
        texts += [
          Format.clock(duration), Format.latency(duration), Format.progress(duration, of: .seconds(9)),
        ]
      }
      return texts.contains("") ? "an empty text for \(number) or \(duration)" : nil
    }
    #expect(failures == [])
  }

  /// Any eight bytes, often those of a number that people write.
  private static func eightBytes(_ generator: inout SeededGenerator) -> [UInt8] {
    let bits =
      Bool.random(using: &generator)
      ? generator.next() : Double.random(in: -1e6...1e6, using: &generator).bitPattern
    return (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
  }

  @Test func randomSamplesStayWithinTheirExtent() {
    let failures = Sweep(seed: 7, cases: 500).failures({ generator in
      (0..<Int.random(in: 4...120, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
      }
    }) { bytes in
      var ring = HistoryRing(capacity: 1 + Int(bytes[0] % 20))
      for index in stride(from: 4, to: bytes.count - 1, by: 2) {
        let value = Double(bytes[index]) / 25 - 5
        ring.append(value < -4 ? nil : value, at: at(Double(bytes[index + 1]) / 4 - 20))
      }
      let buckets = ring.buckets(
        1 + Int(bytes[1] % 50),
        over: .milliseconds(1 + Int(bytes[2]) * 120),
        endingAt: at(20),
        holdingFor: .seconds(Int(bytes[3] % 11))
      )
      let extent = ring.extent(from: at(-100))
      return buckets.allSatisfy { $0.map { extent?.contains($0) == true } ?? true } ? nil : "\(buckets)"
    }
    #expect(failures == [])
  }
}
