/// A control sequence of a terminal: `CSI parameters final`.
struct ControlSequence: Sendable, Hashable {
  /// The bytes between `ESC [` and the last one.
  let parameters: [UInt8]
  /// The last byte.
  let final: UInt8

  /// The parameters as text; they are ASCII.
  var text: String { String(decoding: parameters, as: UTF8.self) }

  /// Whether what follows was pasted.
  var beginsPaste: Bool { text == "200" && final == UInt8(ascii: "~") }

  /// Whether it is an answer or a report and never a key: its parameters begin with a private mark.
  var isPrivate: Bool { parameters.first.map { (0x3C...0x3F).contains($0) } ?? false }

  /// The key that it may be; nil for none.
  var token: InputToken? {
    guard !isPrivate else { return nil }
    switch final {
    case UInt8(ascii: "u"): return kittyKey.map { .key($0) }
    case UInt8(ascii: "~") where text.hasPrefix("27;"): return otherKey.map { .key($0) }
    // The end of a paste that never began, and reports of status, size and parameters.
    case UInt8(ascii: "~") where text == "201": return nil
    case UInt8(ascii: "c"), UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "x"), UInt8(ascii: "y"):
      return nil
    default: return .sequence([0x1B, UInt8(ascii: "[")] + plainParameters + [final])
    }
  }

  /// The numbers between semicolons, each with its own alternatives between colons; nil where one is missing.
  private var numbers: [[Int?]] {
    text.split(separator: ";", omittingEmptySubsequences: false).map { part in
      part.split(separator: ":", omittingEmptySubsequences: false).map { digits in
        // No code point has more digits.
        digits.count <= 7 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
      }
    }
  }

  /// The parameters without those that change nothing: locked capitals and digits, and "pressed".
  private var plainParameters: [UInt8] {
    let numbers = numbers
    guard numbers.count == 2, let modifiers = numbers[1].first ?? nil, (numbers[1].last ?? nil) != 3,
      Modifiers(encoded: modifiers).isEmpty, let number = numbers[0].first ?? nil
    else { return parameters }
    return number == 1 ? [] : Array("\(number)".utf8)
  }

  /// The keyboard protocol of kitty: `code:shifted;modifiers:event u`.
  private var kittyKey: KeyPress? {
    let numbers = numbers
    guard let code = numbers.first?.first ?? nil else { return nil }
    let modifiers = numbers.count > 1 ? numbers[1] : []
    // A key that is let go is no key.
    guard modifiers.count < 2 || modifiers[1] != 3 else { return nil }
    let shifted = (numbers.first?.count ?? 0) > 1 ? numbers.first?[1] : nil
    return KeyPress(code: code, shifted: shifted, Modifiers(encoded: (modifiers.first ?? nil) ?? 1))
  }

  /// xterm's modifyOtherKeys: `27;modifiers;code ~`.
  private var otherKey: KeyPress? {
    let numbers = numbers
    guard numbers.count == 3, let modifiers = numbers[1].first ?? nil, let code = numbers[2].first ?? nil
    else { return nil }
    return KeyPress(code: code, shifted: code, Modifiers(encoded: modifiers))
  }
}

/// The modifiers of a key, without the locks.
struct Modifiers: OptionSet, Sendable, Hashable {
  let rawValue: Int
  static let shift = Modifiers(rawValue: 1)
  static let control = Modifiers(rawValue: 4)

  init(rawValue: Int) {
    self.rawValue = rawValue
  }

  /// Modifiers as sequences have them: one more than their bits; 64 and 128 are the locks.
  init(encoded: Int) {
    rawValue = max(0, encoded - 1) & 0b11_1111
  }
}

extension KeyPress {
  /// The key of a typed character or control.
  init(typed scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x09: self = .tab
    case 0x0A, 0x0D: self = .enter
    case 0x1B: self = .escape
    case 0x08, 0x7F: self = .backspace
    case 0..<0x20:
      let letter = Unicode.Scalar(UInt8(scalar.value) + 0x40)
      self = .control(Character(Character(letter).lowercased()))
    default: self = .character(Character(scalar))
    }
  }

  /// The key of a code point with modifiers; nil for what is no key here: Alt, Super, keys of their own.
  init?(code: Int, shifted: Int?, _ modifiers: Modifiers) {
    guard modifiers.isSubset(of: [.shift, .control]) else { return nil }
    switch code {
    case 9: self = modifiers.contains(.shift) ? .backTab : .tab
    case 13, 57_414: self = .enter
    case 27: self = .escape
    case 8, 127: self = .backspace
    case 57_399...57_408: self = .character(Character("\(code - 57_399)"))
    case 57_417: self = .left
    case 57_418: self = .right
    case 57_419: self = .up
    case 57_420: self = .down
    case 57_421: self = .pageUp
    case 57_422: self = .pageDown
    case 57_423: self = .home
    case 57_424: self = .end
    case 57_425: self = .insert
    case 57_426: self = .delete
    default:
      guard let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init), scalar.value >= 0x20,
        !(0x7F...0x9F).contains(scalar.value), !(0xE000...0xF8FF).contains(scalar.value)
      else { return nil }
      let letter = Character(scalar)
      if modifiers.contains(.control) {
        guard let value = letter.lowercased().utf8.first, letter.isASCII,
          (0x61...0x7A).contains(value) || [0x40, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F].contains(value)
        else { return nil }
        self = .control(Character(letter.lowercased()))
      } else if modifiers.contains(.shift) {
        let told = shifted.flatMap(UInt32.init(exactly:)).flatMap(Unicode.Scalar.init).map(Character.init)
        self = .character(told ?? letter.uppercased().first ?? letter)
      } else {
        self = .character(letter)
      }
    }
  }
}
