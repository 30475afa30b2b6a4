/// Tells in one message what the statement was filled in with, before anything is known of the others.
///
/// - A word is a value if it is spelt as no word of prose is: with a digit, as an address, a path or a dotted name, but for the
///   types of errors.
/// - What follows a colon is the detail of what stands before it. In a detail names spelt as code (`WeatherCommand`,
///   `user_id`) are values, and a detail of one word, or of a list of words, is one.
/// - Behind a statement of failure (`… failed:`, `Error …:`) and behind a code (`111:`) a sentence of its own is a message
///   that was passed on, as `f"… failed: {error}"` and `%m` do: one value to its end.
/// - A list is one value, however long; a unit belongs to its number.
struct MessageMasks {
  private let lexer = MessageLexer()
  /// What words are for.
  let forms = WordForms()
  private var scratch = ContiguousArray<MessageToken>()

  /// Makes one; it keeps room for the pieces of a message from one to the next.
  init() { scratch.reserveCapacity(512) }

  /// Cuts a message and masks its values.
  mutating func pieces(of bytes: UnsafeRawBufferPointer, into tokens: inout ContiguousArray<MessageToken>) {
    scratch.removeAll(keepingCapacity: true)
    lexer.cut(bytes, into: &scratch)
    spell(bytes)
    details(bytes)
    collapse(bytes, into: &tokens)
  }

  // MARK: Words

  private func isMark(_ index: Int, _ scalar: Unicode.Scalar) -> Bool {
    index >= 0 && index < scratch.count && scratch[index].kind == .mark
      && scratch[index].hash == UInt64(scalar.value)
  }

  private mutating func makeValue(_ index: Int) {
    scratch[index].kind = .value
    scratch[index].hash = MessageToken.valueHash
  }

  private mutating func spell(_ bytes: UnsafeRawBufferPointer) {
    for index in scratch.indices where scratch[index].kind == .word {
      let spelling = scratch[index].spelling
      guard !spelling.isDisjoint(with: [.digit, .at, .path, .dot]), !namesError(scratch[index], bytes) else {
        continue
      }
      if !spelling.isDisjoint(with: [.digit, .at, .path]) {
        makeValue(index)
      } else if spelling.contains(.dot) {
        let isLabel =
          index + 1 < scratch.count && !scratch[index + 1].isApart
          && (isMark(index + 1, ":") || isMark(index + 1, "("))
        if !isLabel { makeValue(index) }
      }
    }
  }

  private func namesError(_ token: MessageToken, _ bytes: UnsafeRawBufferPointer) -> Bool {
    token.spelling.contains(.states)
      && WordForms.namesError(UnsafeRawBufferPointer(rebasing: bytes[Int(token.start)..<Int(token.end)]))
  }

  // MARK: Details

  /// Goes through what stands before and behind each colon.
  private mutating func details(_ bytes: UnsafeRawBufferPointer) {
    var words = 0
    var saysFailure = false
    var isDetail = false
    var index = 0
    while index < scratch.count {
      let token = scratch[index]
      switch token.kind {
      case .word:
        words += 1
        saysFailure = saysFailure || forms.saysFailure(token.hash)
        if isDetail, !token.spelling.isDisjoint(with: [.hump, .underscore]), !isLabel(index) { code(index) }
      case .value: break
      case .mark:
        guard isMark(index, ":"), index + 1 < scratch.count, scratch[index + 1].isApart else { break }
        let isCode = index > 1 && isNumber(scratch[index - 1], bytes) && scratch[index - 2].kind == .mark
        if !passOn(from: index + 1, isFailure: words >= 2 && saysFailure, isCode: isCode), words >= 2 {
          single(from: index + 1)
        }
        isDetail = true
        (words, saysFailure) = (0, false)
      }
      index += 1
    }
  }

  /// Whether a word is the label of what follows: a colon stands behind it.
  private func isLabel(_ index: Int) -> Bool {
    index + 1 < scratch.count && !scratch[index + 1].isApart && isMark(index + 1, ":")
  }

  private func isNumber(_ token: MessageToken, _ bytes: UnsafeRawBufferPointer) -> Bool {
    token.kind == .value && token.end > token.start
      && bytes[Int(token.start)..<Int(token.end)].allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The end of a detail: that of the message or of the brackets in which it stands.
  private func end(from start: Int) -> Int {
    var depth = 0
    for index in start..<scratch.count where scratch[index].kind == .mark {
      if isMark(index, "(") || isMark(index, "[") { depth += 1 }
      if isMark(index, ")") || isMark(index, "]") {
        depth -= 1
        if depth < 0 { return index }
      }
    }
    return scratch.count
  }

  /// Makes one value of a name that is spelt as code, with what stands in brackets behind it: `ConnectionError('refused')`.
  private mutating func code(_ index: Int) {
    guard isMark(index + 1, "("), !scratch[index + 1].isApart else {
      makeValue(index)
      return
    }
    let close = end(from: index + 2)
    if isMark(close, ")") { replace(index..<close + 1) }
  }

  /// Makes one value of a message that was passed on; whether it did.
  private mutating func passOn(from start: Int, isFailure: Bool, isCode: Bool) -> Bool {
    let isSentence = scratch[start].spelling.contains(.capital) || scratch[start].kind == .value
    guard (isFailure && isSentence) || (isCode && scratch[start].kind != .mark && !isLabel(start)) else {
      return false
    }
    var end = end(from: start)
    // `[preauth]` behind it is the statement's, not of what was passed on.
    if end == scratch.count, isMark(end - 1, "]"), let open = (start..<end).last(where: { isMark($0, "[") }),
      open > start,
      scratch[open].isApart
    {
      end = open
    }
    replace(start..<end)
    return true
  }

  /// Makes a value of a detail of one word, or of a list of single words.
  private mutating func single(from start: Int) {
    let end = end(from: start)
    var index = start
    while index < end {
      guard scratch[index].kind != .mark else { return }
      if index == start, index + 1 == end, states(scratch[index]) { return }
      index += 1
      if index < end {
        if isMark(index, "."), index + 1 == end { break }
        guard isMark(index, ",") else { return }
        index += 1
      }
    }
    guard index > start else { return }
    replace(start..<(isMark(end - 1, ".") ? end - 1 : end))
  }

  private func states(_ token: MessageToken) -> Bool {
    token.kind == .word && (forms.isGrammar(token.hash) || token.spelling.contains(.states))
  }

  private mutating func replace(_ range: Range<Int>) {
    guard let first = range.first, let last = range.last else { return }
    makeValue(first)
    scratch[first].end = scratch[last].end
    scratch[first].spelling = .whole
    scratch.removeSubrange(first + 1..<last + 1)
  }

  // MARK: Lists

  /// Joins values that stand together, and leaves one piece where there were several.
  private func collapse(_ bytes: UnsafeRawBufferPointer, into tokens: inout ContiguousArray<MessageToken>) {
    var index = 0
    while index < scratch.count {
      var token = scratch[index]
      if token.kind == .mark, token.hash == 0x5B || token.hash == 0x28, let end = list(from: index + 1) {
        if token.hash == 0x5B {
          token.kind = .value
          token.hash = MessageToken.valueHash
          token.end = scratch[end].end
          tokens.append(token)
          index = end + 1
        } else {
          tokens.append(token)
          var inside = scratch[index + 1]
          inside.kind = .value
          inside.hash = MessageToken.valueHash
          inside.end = scratch[end - 1].end
          tokens.append(inside)
          index = end
        }
        continue
      }
      if token.kind == .value {
        index = joined(from: index, &token, bytes)
        tokens.append(token)
      } else {
        tokens.append(token)
        index += 1
      }
    }
  }

  /// The closing mark of a list of at least two single words between brackets; nil if it isn't one.
  private func list(from start: Int) -> Int? {
    var index = start
    var count = 0
    while index + 1 < scratch.count {
      guard scratch[index].kind != .mark else { return nil }
      count += 1
      index += 1
      if isMark(index, "]") || isMark(index, ")") { return count > 1 ? index : nil }
      guard isMark(index, ",") else { return nil }
      index += 1
    }
    return nil
  }

  /// Takes what belongs to a value into it; the index behind.
  private func joined(from start: Int, _ token: inout MessageToken, _ bytes: UnsafeRawBufferPointer) -> Int {
    var index = start + 1
    while index < scratch.count {
      let next = scratch[index]
      if next.kind == .value, !next.isApart || (next.isApart && isLike(scratch[index - 1], next, bytes)) {
        token.end = next.end
        index += 1
      } else if next.kind == .word, forms.isUnit(next.hash), isNumeric(scratch[index - 1], bytes) {
        token.end = next.end
        index += 1
      } else if next.kind == .word, next.spelling.contains(.capital), isStatus(index - 1, bytes) {
        // `"GET /health HTTP/1.1" 404 Not Found`: the phrase belongs to its code.
        while index < scratch.count, scratch[index].kind == .word {
          token.end = scratch[index].end
          index += 1
        }
      } else if next.kind == .mark, index + 1 < scratch.count, scratch[index + 1].kind == .value,
        !next.isApart,
        joins(next.hash, isApart: scratch[index + 1].isApart)
      {
        token.end = scratch[index + 1].end
        index += 2
      } else {
        break
      }
    }
    return index
  }

  private func joins(_ mark: UInt64, isApart: Bool) -> Bool {
    switch mark {
    case 0x2C: true
    case 0x3A, 0x2D, 0x2F, 0x2E, 0x7C, 0x40: !isApart
    default: false
    }
  }

  /// Whether a piece is the status of an HTTP request that stands before it.
  private func isStatus(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard index > 0, isNumber(scratch[index], bytes), scratch[index].end - scratch[index].start == 3 else {
      return false
    }
    let request = scratch[index - 1]
    return request.kind == .value && request.end - request.start > 10
      && bytes[Int(request.end) - 1] == UInt8(ascii: "\"")
      && bytes[Int(request.end) - 9..<Int(request.end) - 4].elementsEqual("HTTP/".utf8)
  }

  private func isNumeric(_ token: MessageToken, _ bytes: UnsafeRawBufferPointer) -> Bool {
    token.end > token.start && (0x30...0x39).contains(bytes[Int(token.end) - 1])
  }

  /// Whether two values that a space parts are of one kind, as the members of a list are.
  ///
  /// Both are addresses, or begin with the same name (`blk_1 blk_2`). A hash begins with any letters: it has no name.
  private func isLike(
    _ left: MessageToken,
    _ right: MessageToken,
    _ bytes: UnsafeRawBufferPointer
  ) -> Bool {
    guard left.spelling.contains(.digit), right.spelling.contains(.digit) else { return false }
    let (one, two) = (bytes[Int(left.start)..<Int(left.end)], bytes[Int(right.start)..<Int(right.end)])
    if isAddress(one), isAddress(two) { return true }
    let name = one.prefix { !isDigit($0) && $0 != UInt8(ascii: "-") }
    return name.count >= 3 && name.contains { !isHexadecimal($0) } && two.starts(with: name)
  }

  /// Whether it is nothing but numbers that dots and a colon part.
  private func isAddress(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    text.contains(UInt8(ascii: ".")) && text.contains(UInt8(ascii: ":"))
      && text.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
  }

  private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
