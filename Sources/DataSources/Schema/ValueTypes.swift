internal import Facts

extension ValueType where Value == String {
  /// A text of at least one character.
  public static let text = ValueType(
    expected: "a text",
    read: { node, value, context in
      guard let text = node.text, !text.isEmpty else {
        context.report("\(Found.word(node)), expected a text", at: node.location)
        return
      }
      value = text
    },
    write: { Written.string($0) }
  )

  /// One of a few words.
  public static func word(_ words: [String]) -> ValueType {
    let expected = "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
    return ValueType(
      expected: expected,
      read: { node, value, context in
        guard let text = node.text, words.contains(text) else {
          let meant = DidYouMean.suffix(node.text ?? "", among: words)
          context.report(
            "unknown word \(Found.quoted(node)), expected \(expected)\(meant)",
            at: node.location
          )
          return
        }
        value = text
      },
      write: { Written.string($0) }
    )
  }

  /// One of the eight colours or `#rrggbb`.
  public static let color = ValueType(
    expected: "a colour: \(colors.map { "`\($0)`" }.joined(separator: ", ")) or `#rrggbb`",
    read: { node, value, context in
      let text = node.text ?? ""
      let isHex = text.count == 7 && text.first == "#" && text.dropFirst().allSatisfy(\.isHexDigit)
      guard isHex || colors.contains(text) else {
        let meant = DidYouMean.suffix(text, among: colors)
        context.report(
          "unknown colour \(Found.quoted(node)), expected a name of the eight or `#rrggbb`\(meant)",
          at: node.location
        )
        return
      }
      value = text
    },
    write: { Written.string($0) }
  )

  private static let colors = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

  /// An address with one of these schemes and no password in it.
  public static func address(_ schemes: [String]) -> ValueType {
    let expected = "an address such as \(schemes[0])://…"
    return ValueType(
      expected: expected,
      read: { node, value, context in
        guard let text = node.text, let address = SourceAddress(text), schemes.contains(address.scheme)
        else {
          context.report(
            "\(Found.word(node)) that is no such address, expected \(expected)",
            at: node.location
          )
          return
        }
        guard !address.hasPassword else {
          context.report(
            "a password stands in the address, expected it by reference: `password: {env: NAME}`",
            at: node.location
          )
          return
        }
        value = address.scheme.hasPrefix("http") ? withoutSlash(text) : text
      },
      write: { Written.string($0) }
    )
  }

  /// An expression of one of the two kinds, checked as it is read.
  public static func expression(
    _ check: @escaping @Sendable (ExpressionChecks) -> ExpressionCheck,
    _ expected: String
  )
    -> ValueType
  {
    ValueType(
      expected: expected,
      read: { node, value, context in
        guard let scalar = node.scalar, let text = node.text else {
          context.report("\(Found.word(node)), expected \(expected)", at: node.location)
          return
        }
        if let problem = check(context.checks)(text) {
          let characters = String(decoding: text.utf8.prefix(problem.offset), as: UTF8.self).unicodeScalars
            .count
          let place = scalar.textOffset.map { node.location.advanced(by: $0 + characters) }
          context.report(problem.message, at: place ?? node.location)
          return
        }
        value = text
      },
      write: { Written.string($0) }
    )
  }

  /// A condition, such as `queue.depth < 900`.
  public static let condition = expression({ $0.condition }, "a condition such as `queue.depth < 900`")
  /// A rule, such as `queue.depth > 1000 for 2m`.
  public static let rule = expression({ $0.rule }, "a rule such as `queue.depth > 1000 for 2m`")
  /// A gate, such as `queue.depth < 500 within 5m`.
  public static let gate = expression({ $0.gate }, "a gate such as `queue.depth < 500 within 5m`")
}

extension ValueType where Value == [String] {
  /// A list of texts.
  public static let texts = list(.text, "a list of texts", blank: "")
}

extension ValueType where Value == Bool {
  /// `true` or `false`.
  public static let flag = ValueType(
    expected: "`true` or `false`",
    read: { node, value, context in
      guard case .bool(let flag) = node.scalar?.resolved(tag: node.tag) else {
        let isOld = ["yes", "no", "on", "off"].contains(node.text?.lowercased() ?? "")
        let found = isOld ? "`\(node.text ?? "")` is a text in YAML 1.2" : Found.word(node)
        context.report("\(found), expected `true` or `false`", at: node.location)
        return
      }
      value = flag
    },
    write: { Written.plain($0 ? "true" : "false") }
  )
}

extension ValueType where Value == Int {
  /// A whole number within limits.
  public static func whole(_ range: ClosedRange<Int>) -> ValueType {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return ValueType(
      expected: expected,
      read: { node, value, context in
        guard case .integer(let number) = node.scalar?.resolved(tag: node.tag) else {
          context.report("\(Found.word(node)), expected \(expected)", at: node.location)
          return
        }
        guard range.contains(number) else {
          context.report("\(number) is out of range, expected \(expected)", at: node.location)
          return
        }
        value = number
      },
      write: { Written.plain(String($0)) }
    )
  }
}

extension ValueType where Value == Double {
  /// A share between 0 and 1.
  public static let share = ValueType(
    expected: "a number from 0 to 1",
    read: { node, value, context in
      let number: Double? =
        switch node.scalar?.resolved(tag: node.tag) {
        case .integer(let whole): Double(whole)
        case .float(let number): number
        case .null, .bool, .string, nil: nil
        }
      guard let number, number >= 0, number <= 1 else {
        let found = number.map { "\($0) is out of range" } ?? Found.word(node)
        context.report("\(found), expected a number from 0 to 1", at: node.location)
        return
      }
      value = number
    },
    write: { Written.plain("\($0)") }
  )
}

extension ValueType where Value == Duration {
  /// A duration longer than nothing.
  public static let duration = duration(atLeast: nil)
  /// The time between two questions: no server is asked more often than ten times a second.
  public static let interval = duration(atLeast: .milliseconds(100))

  private static func duration(atLeast least: Duration?) -> ValueType {
    let limit = least.map { " of at least \(Format.exactDuration($0))" } ?? ""
    return ValueType(
      expected: "a duration\(limit) such as 30s",
      read: { node, value, context in
        guard let text = node.text, let duration = try? Duration(parsing: text), duration > .zero else {
          let needsUnit = if case .integer = node.scalar?.resolved(tag: node.tag) { true } else { false }
          let found = needsUnit ? "found a number without a unit" : Found.word(node) + " that is no duration"
          context.report("\(found), expected a duration such as 30s, 2m or 1h30m", at: node.location)
          return
        }
        if let least, duration < least {
          let given = Format.exactDuration(duration)
          context.report("\(given) is too short, expected a duration\(limit)", at: node.location)
          return
        }
        value = duration
      },
      write: { Written.string(Format.exactDuration($0)) }
    )
  }
}

/// How one expression is checked: nil when it is right, else what is wrong and at which UTF-8 offset.
public typealias ExpressionCheck = @Sendable (String) -> (message: String, offset: Int)?

/// How the kinds of expressions in a configuration are checked.
public struct ExpressionChecks: Sendable {
  /// Checks a condition: `when` of a liveness check, `clear`, `passed`.
  public var condition: ExpressionCheck
  /// Checks a rule: `when` of an alert.
  public var rule: ExpressionCheck
  /// Checks a gate: `gate` of an action of one's own.
  public var gate: ExpressionCheck

  /// Makes checks of all kinds.
  public init(
    condition: @escaping ExpressionCheck,
    rule: @escaping ExpressionCheck,
    gate: @escaping ExpressionCheck
  ) {
    self.condition = condition
    self.rule = rule
    self.gate = gate
  }

  /// Finds every expression right: for tests and for reading what was checked before.
  public static let none = ExpressionChecks(condition: { _ in nil }, rule: { _ in nil }, gate: { _ in nil })
}
