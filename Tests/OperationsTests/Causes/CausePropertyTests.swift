import Facts
import TestSupport
import Testing

@testable import Operations

/// What holds of causes whatever is added, and in whatever order.
struct CausePropertyTests {
  private func report(_ texts: [String], shapeLimit: Int = CauseStore.shapeLimit) -> CauseReport {
    var finder = CauseFinder(shapeLimit: shapeLimit)
    let label = finder.label("language", "fr-FR")
    for text in texts {
      let isLabelled = text.utf8.count % 3 == 0
      finder.add(
        text,
        at: WallTime(secondsSince1970: Double(text.utf8.count)),
        labels: isLabelled ? [label].compactMap { $0 } : []
      )
    }
    return finder.report()
  }

  @Test(arguments: LabelledLogs.all.map(\.name)) func causesDontGoByTheOrderOfLines(name: String) throws {
    let log = try #require(LabelledLogs.all.first { $0.name == name })
    var texts = log.lines(500, seed: 11).map(\.text)
    let first = report(texts)
    var random = SeededGenerator(state: 12)
    for _ in 0..<3 {
      texts.shuffle(using: &random)
      #expect(report(texts).causes == first.causes)
    }
  }

  @Test(arguments: [100, 10, 3]) func norDoTheyBeyondTheBound(limit: Int) {
    let texts = LabelledLogs.all.flatMap { $0.lines(200, seed: 13).map(\.text) }
    var random = SeededGenerator(state: 14)
    let first = report(texts, shapeLimit: limit)
    #expect(first.isCoarse)
    for _ in 0..<3 {
      #expect(report(texts.shuffled(using: &random), shapeLimit: limit).causes == first.causes)
    }
  }

  @Test func everyLineIsCountedOnce() {
    let texts = LabelledLogs.all.flatMap { $0.lines(500, seed: 15).map(\.text) }
    for limit in [CauseStore.shapeLimit, 50] {
      let report = report(texts, shapeLimit: limit)
      #expect(report.count == texts.count && report.causes.reduce(0) { $0 + $1.count } == texts.count)
      for cause in report.causes {
        #expect(cause.variants.reduce(cause.furtherLines) { $0 + $1.count } == cause.count)
        #expect(cause.furtherLines >= 0 && cause.variants.count <= CauseFinder.variantLimit)
      }
      #expect(Set(report.causes.map(\.name)).count == report.causes.count)
    }
  }

  @Test func aTicketFindsTheCauseThatCountedIt() {
    let texts = LabelledLogs.celery.lines(1_000, seed: 16).map(\.text)
    for limit in [CauseStore.shapeLimit, 40] {
      var finder = CauseFinder(shapeLimit: limit)
      let tickets = texts.map { finder.add($0) }
      let report = finder.report()
      var counts = [Int](repeating: 0, count: report.causes.count)
      for ticket in tickets { counts[report.index(of: ticket)] += 1 }
      #expect(counts == report.causes.map(\.count))
    }
  }

  @Test func whatIsKeptGoesByCausesNotByLines() {
    var store = CauseStore()
    for number in 0..<50_000 {
      let text = Array("request \(number) took \(number * 7 % 1_000) ms".utf8)
      _ = text.withUnsafeBytes { store.add($0, isCut: false, at: nil, labels: []) }
    }
    #expect(store.shapes.count == 1 && store.shapes[0].tally.lines == 50_000)
    #expect(store.variants.count <= CauseStore.variantLimit + 1)
  }

  @Test func noNumberOfShapesIsTooMany() {
    var store = CauseStore(shapeLimit: 64)
    var random = SeededGenerator(state: 17)
    let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
    for _ in 0..<5_000 {
      let words = (0..<6).map { _ in (0..<6).map { _ in random.pick(letters) }.joined() }
      let text = Array(words.joined(separator: " ").utf8)
      _ = text.withUnsafeBytes { store.add($0, isCut: false, at: nil, labels: []) }
    }
    #expect(store.level > 0 && store.shapes.filter { $0.folded == nil }.count <= 64)
    #expect(store.shapes.reduce(0) { $0 + $1.tally.lines } == 5_000)
  }

  @Test func anExactTextKeepsItsWholeCount() throws {
    var texts = (0..<3_000).map { "request \($0) failed" }
    texts += Array(repeating: "request 7 failed", count: 500)
    for variant in try #require(report(texts).causes.first).variants {
      #expect(variant.count == (variant.text == "request 7 failed" ? 501 : 1))
    }
  }
}
