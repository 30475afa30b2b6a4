/// What verifying an audit log found.
public struct AuditVerification: Sendable, Hashable {
  /// What is wrong, and from which line on.
  public struct Damage: Sendable, Hashable {
    /// The kinds of damage that can be told apart.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// A line is not the one that was written.
      case changed
      /// Lines are missing in between.
      case removed
      /// A line was put in that was not written in its turn.
      case inserted
      /// The end is missing.
      case cutTail
      /// The second file is missing or unreadable, so that a cut tail would not show.
      case headMissing
      /// There is no record, or another one, where one was begun.
      case gone
    }

    /// The kind.
    public var kind: Kind
    /// The first bad line, from 1; for a cut tail the first missing one.
    public var line: Int
    /// What the operator reads.
    public var sentence: String

    /// Describes damage.
    public init(_ kind: Kind, line: Int, _ sentence: String) {
      self.kind = kind
      self.line = line
      self.sentence = sentence
    }
  }

  /// The lines there are.
  public var lines: Int
  /// The first damage; nil if the chain holds from the first line to the head.
  public var damage: Damage?
  /// The acts that began and never ended, in order.
  public var open: [AuditEntry]

  /// Makes a result.
  public init(lines: Int, damage: Damage?, open: [AuditEntry]) {
    self.lines = lines
    self.damage = damage
    self.open = open
  }

  /// Whether nothing is wrong.
  public var isIntact: Bool { damage == nil }
}

/// Follows the chain of an audit log from its first line to its head: a pure function of bytes.
public enum AuditVerifier {
  /// Verifies the bytes of all files of a log, one behind another, against those of `audit.head` (nil: there is
  /// none), which tells of the file that begins at byte `from`, and against where the record began (nil: nobody
  /// noted that).
  static func verify(
    log: [UInt8],
    from start: Int = 0,
    head: [UInt8]?,
    birth: AuditBirth? = nil
  ) -> AuditVerification {
    var lines = log.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let torn = lines.popLast() ?? []
    var open: [String: AuditEntry] = [:]
    var begun: Set<String> = []
    var damage: AuditVerification.Damage?
    var previous = AuditLine.origin
    var headHash: String?
    var position = 0
    var headLength = 0
    let told = head.flatMap(AuditHead.init(parsing:))
    for (index, bytes) in lines.enumerated() {
      let line = AuditLine(parsing: bytes)
      if damage == nil { damage = check(line, number: index + 1, standsOn: previous, in: lines) }
      if let entry = line?.entry {
        if entry.record.event == .begin { begun.insert(entry.record.act) }
        if damage == nil { damage = checkBegin(entry, number: index + 1, begun) }
        follow(entry, &open)
      }
      previous = Digest.sha256(bytes)
      position += bytes.count + 1
      if index + 1 == told?.count { (headHash, headLength) = (previous, position - start) }
    }
    damage =
      damage ?? checkHead(told, isThere: head != nil, headHash, headLength, lines: lines.count)
      ?? checkTorn(torn, lines: lines.count)
      ?? birth.flatMap { checkBirth($0, lines.first) }
    return AuditVerification(
      lines: lines.count,
      damage: damage,
      open: open.values.sorted { $0.sequence < $1.sequence }
    )
  }

  private static func follow(_ entry: AuditEntry, _ open: inout [String: AuditEntry]) {
    switch entry.record.event {
    case .begin: open[entry.record.act] = entry
    case .end: open[entry.record.act] = nil
    case .refused, .note: break
    }
  }

  /// An act that ends without having begun here was begun in another record: the directory was moved under it.
  private static func checkBegin(
    _ entry: AuditEntry,
    number: Int,
    _ begun: Set<String>
  ) -> AuditVerification.Damage? {
    guard entry.record.event == .end, !begun.contains(entry.record.act) else { return nil }
    return .init(.removed, line: number, "line \(number) ends an act whose begin is not here")
  }

  private static func check(
    _ line: AuditLine?,
    number: Int,
    standsOn previous: String,
    in lines: [ArraySlice<UInt8>]
  ) -> AuditVerification.Damage? {
    guard let line else {
      if lines[number - 1].suffix(AuditLine.tornMark.count).elementsEqual(AuditLine.tornMark) {
        return .init(.changed, line: number, "line \(number) was torn: its end is missing")
      }
      return .init(.changed, line: number, "line \(number) is unreadable: it was changed or damaged")
    }
    let sequence = line.entry.sequence
    if line.previous == previous {
      guard sequence != number else { return nil }
      return .init(.changed, line: number, "line \(number) says that it is line \(sequence)")
    }
    if sequence > number {
      let count = sequence - number
      return .init(
        .removed,
        line: number,
        "\(count) line\(count == 1 ? " is" : "s are") missing before line \(number)"
      )
    }
    // The neighbour decides: if the line after stands on the line before, this one was put in.
    if number < lines.count, AuditLine(parsing: lines[number])?.previous == previous {
      return .init(.inserted, line: number, "line \(number) was inserted")
    }
    guard number > 1 else {
      return .init(.changed, line: 1, "line 1 was changed: it does not begin the chain")
    }
    return .init(
      .changed,
      line: number - 1,
      "line \(number - 1) was changed: line \(number) holds another hash of it"
    )
  }

  private static func checkHead(
    _ head: AuditHead?,
    isThere: Bool,
    _ hash: String?,
    _ length: Int,
    lines: Int
  ) -> AuditVerification.Damage? {
    guard let head else {
      guard lines > 0 || isThere else { return nil }
      return .init(
        .headMissing,
        line: lines,
        isThere ? "audit.head is unreadable" : "audit.head is missing: a cut tail would not show"
      )
    }
    if lines < head.count {
      let count = head.count - lines
      return .init(
        .cutTail,
        line: lines + 1,
        "the last \(count) line\(count == 1 ? " was" : "s were") cut off: audit.head tells of \(head.count)"
      )
    }
    guard head.count > 0 else { return nil }
    if hash != head.hash {
      return .init(
        .changed,
        line: head.count,
        "line \(head.count) was changed: audit.head holds another hash of it"
      )
    }
    guard length != head.length else { return nil }
    return .init(
      .changed,
      line: head.count,
      "audit.head tells of \(head.length) bytes to line \(head.count), there are \(length)"
    )
  }

  /// A record that was deleted whole leaves no line that could tell of it: where it began does.
  private static func checkBirth(
    _ birth: AuditBirth,
    _ first: ArraySlice<UInt8>?
  ) -> AuditVerification.Damage? {
    guard let first else {
      return .init(.gone, line: 1, "there is no audit here, expected since \(birth.since)")
    }
    guard Digest.sha256(first) != birth.hash else { return nil }
    return .init(.gone, line: 1, "the audit that was begun on \(birth.since) is gone: line 1 is another's")
  }

  private static func checkTorn(
    _ torn: ArraySlice<UInt8>,
    lines: Int
  ) -> AuditVerification.Damage? {
    guard !torn.isEmpty else { return nil }
    return .init(.changed, line: lines + 1, "line \(lines + 1) is incomplete")
  }
}
