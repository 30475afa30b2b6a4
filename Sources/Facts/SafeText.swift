/// Text from outside, made harmless once at ingress: visible, one line, and aligned in a cell grid.
///
/// Control characters (C0, DEL, C1), escape sequences, bidirectional marks, other invisible format
/// characters and invalid UTF-8 become visible placeholders; a cut shows as `…`. Cell buffers take
/// nothing else, so no name, log line or error body can ever steer the terminal.
public struct SafeText: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral,
  ExpressibleByStringInterpolation
{
  /// The harmless text, on one line.
  public let string: String

  /// The harmless text.
  public var description: String { string }

  /// Whether there is nothing to show.
  public var isEmpty: Bool { string.isEmpty }

  /// Text of the console's own, written in the source; cleaned all the same.
  public init(stringLiteral value: String) {
    self.init(value)
  }

  /// Makes `text` harmless, cut to `limit` UTF-8 bytes of input (a cut shows as `…`).
  public init(_ text: String, limit: Int = 4_096) {
    let utf8 = text.utf8
    if utf8.count <= limit, utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
      string = text
      return
    }
    var output = ""
    var used = 0
    var isCut = false
    for scalar in text.unicodeScalars {
      used += UTF8.width(scalar)
      if used > limit {
        isCut = true
        break
      }
      Self.append(scalar, to: &output)
    }
    if isCut { output.append("…") }
    string = output
  }

  /// Decodes UTF-8 leniently (each invalid sequence becomes `\u{FFFD}`) and makes it harmless.
  public init(utf8 bytes: some Collection<UInt8>, limit: Int = 4_096) {
    let head = bytes.prefix(limit + 1)
    self.init(String(decoding: head, as: UTF8.self), limit: limit)
  }

  /// Whether a scalar is shown as it is: no control, no mark that vanishes or changes the order of a line.
  public static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !isInvisible(scalar)
  }

  private static func append(_ scalar: Unicode.Scalar, to output: inout String) {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D:
      output.append(scalar.value == 0x09 ? " " : "⏎")
    case 0..<0x20:
      // The control pictures U+2400… show which control character it was.
      output.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? "?")
    case 0x7F:
      output.append("␡")
    case 0x80...0x9F:
      output.append("\u{FFFD}")
    default:
      if isInvisible(scalar) {
        output.append("\u{FFFD}")
      } else {
        output.unicodeScalars.append(scalar)
      }
    }
  }

  /// Format characters that change order or vanish: bidi marks, zero-width spaces, tags, separators.
  ///
  /// Zero-width joiner and variation selectors stay: they belong to visible clusters.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200D, 0xFE0E, 0xFE0F: return false
    case 0xAD, 0x061C, 0x180E, 0xFEFF: return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned,
      .control:
      return true
    default:
      return false
    }
  }
}

extension UTF8 {
  /// The number of UTF-8 bytes of a scalar.
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x80: 1
    case 0x80..<0x800: 2
    case 0x800..<0x1_0000: 3
    default: 4
    }
  }
}
