public import Facts

/// Failures of one kind: a statement of the program with what varies shown as `‹…›`.
public struct Cause: Sendable, Hashable {
  /// What people call it: its first words and a hash of its template, the same in every process and whenever the template is.
  public let name: String
  /// The text with what varies shown as `‹…›`.
  public let template: SafeText
  /// How many lines or failures it has.
  public let count: Int
  /// When it was first seen; nil if no line told its time.
  public let firstSeen: WallTime?
  /// When it was last seen; nil if no line told its time.
  public let lastSeen: WallTime?
  /// The class most of its failures are of.
  public let kind: CauseClass
  /// Its exact texts, the most frequent first.
  public let variants: [CauseVariant]
  /// How many of its lines have texts that aren't among ``variants``.
  public let furtherLines: Int
  /// How its labels are spread, what is over-represented first.
  public let shares: [LabelShare]
}

/// One exact text of a cause.
public struct CauseVariant: Sendable, Hashable {
  /// The text; `…` at its end where it was cut.
  public let text: SafeText
  /// How many failures have it.
  public let count: Int
  /// When it was first seen; nil if no line told its time.
  public let firstSeen: WallTime?
  /// When it was last seen; nil if no line told its time.
  public let lastSeen: WallTime?
}

/// How much of a cause bears a label, against how much of everything does.
public struct LabelShare: Sendable, Hashable {
  /// What the label tells of, such as `language`.
  public let name: SafeText
  /// What it tells, such as `fr-FR`.
  public let value: SafeText
  /// How many failures of the cause bear it.
  public let count: Int
  /// Which share of the cause bears it, 0 to 1.
  public let inCause: Double
  /// Which share of all failures bears it, 0 to 1.
  public let inAll: Double

  /// Whether the cause bears it by half more than everything does, and by more than chance would give (three standard deviations).
  public var isOverRepresented: Bool {
    let lines = Double(count) / inCause
    let deviation = (inAll * (1 - inAll) / lines).squareRoot()
    return inCause >= 1.5 * inAll && inCause - inAll >= 3 * deviation && inAll < 1
  }

  /// The labels that failures bear more often than all tests do, the most over-represented first.
  ///
  /// Without the tests' labels nobody can tell.
  static func all(of reasons: [FailureReason], among tested: [[FailureLabel]]) -> [LabelShare] {
    let own = summed(reasons.map(\.labels))
    let all = summed(tested)
    var shares: [LabelShare] = []
    for (name, counted) in own {
      guard let base = all[name], counted.labelled > 0, base.labelled > 0 else { continue }
      for (value, count) in counted.values {
        guard let inAll = base.values[value] else { continue }
        let share = LabelShare(
          name: SafeText(name),
          value: value,
          count: count,
          inCause: Double(count) / Double(counted.labelled),
          inAll: Double(inAll) / Double(base.labelled)
        )
        if share.isOverRepresented { shares.append(share) }
      }
    }
    return shares.sorted { one, other in
      let (first, second) = (one.inCause / one.inAll, other.inCause / other.inAll)
      return first == second ? one.value.string < other.value.string : first > second
    }
  }

  private typealias Sum = (labelled: Int, values: [SafeText: Int])

  /// Of each label how many bear any value of it, and how many each; of several answers together.
  private static func summed(_ answers: [[FailureLabel]]) -> [String: Sum] {
    answers.reduce(into: [:]) { sums, labels in
      for (name, labels) in Dictionary(grouping: labels, by: \.name) {
        var sum = sums[name] ?? (0, [:])
        sum.labelled += labels.first?.labelled ?? 0
        for label in labels { sum.values[label.value, default: 0] += label.count }
        sums[name] = sum
      }
    }
  }
}

/// All causes of what was added.
public struct CauseReport: Sendable {
  /// The causes, the most frequent first.
  public let causes: [Cause]
  /// How many lines or failures there were.
  public let count: Int
  /// Whether there were so many different texts that words no longer told them apart: the causes are coarse.
  public let isCoarse: Bool
  private let places: [Int32]

  init(causes: [Cause], count: Int, isCoarse: Bool, places: [Int32]) {
    (self.causes, self.count, self.isCoarse, self.places) = (causes, count, isCoarse, places)
  }

  /// Where in ``causes`` that of an added message is.
  public func index(of ticket: CauseTicket) -> Int { Int(places[Int(ticket.shape)]) }
}

/// What an added message's cause is found by, once all are added.
public struct CauseTicket: Sendable, Hashable {
  let shape: Int32
}

/// A label of failures, such as the language `fr-FR`.
public struct CauseLabel: Sendable, Hashable {
  let number: Int
}
