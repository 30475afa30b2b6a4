/// libyaml's problems in the words of somebody who has to correct the file.
struct YAMLProblem {
  /// What to say.
  var message: String
  /// Whether the place to look at is where the thing began, not where it broke.
  var isAtContext = false

  /// Puts a problem in words; `byte` is the first byte at its place, nil at the end of the text.
  init(problem: String, context: String, byte: UInt8?) {
    switch problem {
    case "found unexpected end of stream" where context.contains("quoted scalar"):
      message = "the quote is never closed"
      isAtContext = true
    case "found unexpected document indicator" where context.contains("quoted scalar"):
      message = "the quote is not closed before the end of the document"
      isAtContext = true
    case "found character that cannot start any token":
      message = Self.badStart(byte)
    case "found a tab character that violates indentation",
      "found a tab character where an indentation space is expected":
      message = "a tab can't indent: use spaces"
    case "mapping values are not allowed in this context":
      message = "a `:` is not expected here: is the line indented right, or must the value be quoted?"
    case "could not find expected ':'":
      message = "expected `:` after the key"
    case "did not find expected key":
      message = "expected a key: is the line indented right?"
    case "did not find expected '-' indicator":
      message = "expected `-`: is the line indented right?"
    case "did not find expected ',' or ']'":
      message = byte == nil ? "the `[` is never closed" : "expected `,` or `]`"
      isAtContext = byte == nil
    case "did not find expected ',' or '}'":
      message = byte == nil ? "the `{` is never closed" : "expected `,` or `}`"
      isAtContext = byte == nil
    case "did not find expected node content":
      message = byte == nil ? "expected a value and the closing bracket" : "expected a value"
    case "did not find expected <document start>":
      message = "expected the end of the document: is the line indented right?"
    default:
      message = context.isEmpty ? problem : "\(problem), \(context)"
    }
  }

  private static func badStart(_ byte: UInt8?) -> String {
    switch byte {
    case UInt8(ascii: "\t"): "a tab can't indent: use spaces"
    case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"):
      "a value can't begin with this character: put it in quotes"
    default: "this character can't begin a value: put it in quotes"
    }
  }
}

/// Places in a text by byte offset.
enum TextPlace {
  /// The line and column, in characters, of a byte; the end of the text for an offset beyond it.
  static func location(ofByte offset: Int, in bytes: some Sequence<UInt8>, file: String) -> Location {
    var location = Location(file: file, line: 1, column: 1)
    var index = 0
    for byte in bytes {
      if index >= offset { break }
      index += 1
      if byte == UInt8(ascii: "\n") {
        location.line += 1
        location.column = 1
      } else if byte & 0xC0 != 0x80 {
        location.column += 1
      }
    }
    return location
  }

  /// The offset of the first byte that is not valid UTF-8; nil when all are.
  static func firstInvalidByte(in bytes: some Collection<UInt8>) -> Int? {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput: return nil
      case .error: return offset
      case .scalarValue(let scalar): offset += UTF8.encode(scalar)?.count ?? 1
      }
    }
  }
}
