import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// How well lines are grouped, against Drain at its defaults, on logs whose statements are known.
///
/// The measure is the grouping accuracy of the log parsing literature (Zhu et al., ICSE-SEIP 2019): a line counts only if its
/// group holds exactly the lines of its statement. Both get the same messages, without headers; nothing is set per log.
struct CauseAccuracyTests {
  /// The share of lines whose group is exactly that of their statement.
  static func accuracy(_ groups: [Int], _ truth: [Int]) -> Double {
    var statements: [Int: Set<Int>] = [:]
    var sizes: [Int: Int] = [:]
    var lines: [Int: Int] = [:]
    for (group, statement) in zip(groups, truth) {
      statements[group, default: []].insert(statement)
      sizes[group, default: 0] += 1
      lines[statement, default: 0] += 1
    }
    let right = sizes.reduce(0) { sum, group in
      let (number, size) = group
      guard let statement = statements[number]?.first, statements[number]?.count == 1 else { return sum }
      return sum + (lines[statement] == size ? size : 0)
    }
    return Double(right) / Double(truth.count)
  }

  /// The accuracy of causes and of Drain.
  private static func scores(_ log: LabelledLog, seed: UInt64) -> (causes: Double, drain: Double) {
    let lines = log.lines(2_000, seed: seed)
    let header = LogLine()
    var finder = CauseFinder()
    var drain = Drain()
    var tickets: [CauseTicket] = []
    var clusters: [Int] = []
    for line in lines {
      let bytes = Array(line.text.utf8)
      let message = bytes.withUnsafeBytes { Array(bytes[header.read($0).message]) }
      tickets.append(message.withUnsafeBytes { finder.add($0) })
      clusters.append(drain.add(String(decoding: message, as: UTF8.self)))
    }
    let report = finder.report()
    let truth = lines.map(\.statement)
    return (accuracy(tickets.map(report.index), truth), accuracy(clusters, truth))
  }

  @Test func theMeasureCountsOnlyWholeGroups() {
    #expect(Self.accuracy([1, 1, 2], [5, 5, 6]) == 1)
    // One line too many spoils the group, and one too few.
    #expect(Self.accuracy([1, 1, 1], [5, 5, 6]) == 0)
    #expect(Self.accuracy([1, 2, 3, 3], [5, 5, 6, 6]) == 0.5)
  }

  /// The mean accuracy of causes and of Drain over some logs, printed one by one.
  private static func means(_ logs: [LabelledLog], seed: UInt64) -> (causes: Double, drain: Double) {
    var sum = (causes: 0.0, drain: 0.0)
    for log in logs {
      let scores = scores(log, seed: seed)
      print("accuracy, seed \(seed), \(log.name): causes \(scores.causes), Drain \(scores.drain)")
      #expect(scores.causes >= 0.75, "\(log.name)")
      sum = (sum.causes + scores.causes, sum.drain + scores.drain)
    }
    let means = (causes: sum.causes / Double(logs.count), drain: sum.drain / Double(logs.count))
    print("accuracy, seed \(seed), mean: causes \(means.causes), Drain \(means.drain)")
    return means
  }

  @Test(arguments: [UInt64(1), 2, 3]) func groupsAreThoseOfTheStatements(seed: UInt64) {
    let means = Self.means(LabelledLogs.all, seed: seed)
    #expect(means.causes >= 0.93)
    #expect(means.causes > means.drain)
  }

  @Test func soAreThoseOfLogsThatItWasNotMadeFor() {
    let means = Self.means(LabelledLogs.unseen, seed: 1)
    #expect(means.causes >= 0.9)
    #expect(means.causes > means.drain)
  }
}
