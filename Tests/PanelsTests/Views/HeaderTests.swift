import Facts
import Operations
import Testing

@testable import Panels

/// The header tells everything that is bad, or says how much it doesn't.
@Suite struct HeaderTests {
  private static let phrases = [
    Health.Phrase(
      .crit,
      [Health.Part("5 of 8 services", aside: " (1 cause)", brief: "5/8 services"), "34 % pass"]
    ),
    Health.Phrase(.error, ["source prometheus"]),
    Health.Phrase(.warn, ["46 runs", "12 low scores", "provider 6.1 s"]),
    Health.Phrase(.ok, ["6 services"]),
  ]

  private func header(
    _ phrases: [Health.Phrase],
    width: Int,
    act: SafeText = "",
    mode: SafeText = "write"
  ) -> String {
    var model = Fixture.model(Fixture.monitor(), width: width, height: 12)
    model.header.health = phrases
    model.header.act = act
    model.header.mode = mode
    var buffer = CellBuffer(width: width, height: 1)
    ScreenHeader(model: model).draw(into: &buffer, area: buffer.bounds)
    return (0..<width).map { buffer.text(at: Point(x: $0, y: 0)) }.joined()
  }

  /// How many parts of what is bad stand there in full or in fewer letters.
  private func told(_ line: String, _ phrases: [Health.Phrase]) -> Int {
    phrases.filter { $0.state != .ok }.flatMap(\.parts).count { part in
      line.contains(part.plain.string) || line.contains(part.brief.string)
    }
  }

  private func counted(_ line: String) -> Int {
    line.firstMatch(of: #/\+(\d+)/#).flatMap { Int($0.1) } ?? 0
  }

  @Test(arguments: [1, 2, 3]) func whatThereIsNoRoomForIsCounted(count: Int) {
    let phrases = Array(Self.phrases.prefix(count)) + Self.phrases.suffix(1)
    let all = phrases.filter { $0.state != .ok }.reduce(0) { $0 + $1.parts.count }
    for act in ["", "restarting postgres 0:12"] as [SafeText] {
      for width in 32...200 {
        let line = header(phrases, width: width, act: act)
        #expect(told(line, phrases) + counted(line) == all, "\(width): \(line)")
        #expect(line.contains("✗") && line.contains("write"), "\(width): \(line)")
      }
    }
  }

  @Test func noneOfTheWorstHidesBehindWhatIsLessBad() {
    for act in ["", "restarting postgres 0:12"] as [SafeText] {
      for width in 32...200 {
        let line = header(Self.phrases, width: width, act: act)
        let hides = told(line, Array(Self.phrases.prefix(1))) < Self.phrases[0].parts.count
        #expect(!hides || told(line, Array(Self.phrases.dropFirst())) == 0, "\(width): \(line)")
      }
    }
  }

  @Test(arguments: 16...31) func theWorstIsCutBeforeTheCountOfTheOthers(width: Int) {
    let line = header(Self.phrases, width: width, mode: width < 20 ? "ro" : "write")
    #expect(line.contains("✗") && counted(line) >= 5, "\(line)")
  }

  @Test func whatIsWellIsNotCounted() {
    for width in 32...120 {
      #expect(counted(header(Self.phrases.suffix(1), width: width)) == 0)
    }
    #expect(header(Self.phrases, width: 200).contains("● 6 services"))
    // What stands aside goes before anything that counts.
    for width in 32...200 where counted(header(Self.phrases, width: width)) > 0 {
      #expect(!header(Self.phrases, width: width).contains("cause"))
    }
    #expect(header(Self.phrases, width: 200).contains("✗ 5 of 8 services (1 cause), 34 % pass"))
  }
}
