internal import Facts

/// What a terminal sent, cut out of its stream of bytes.
enum InputToken: Sendable, Hashable {
  /// A key of a form that every terminal shares.
  case key(KeyPress)
  /// A whole sequence, ESC in front: a key if the terminal's type has it, else nothing.
  case sequence([UInt8])
}

/// Reads the stream of bytes of a terminal: keys, pastes, and answers to questions, however reads tear them.
///
/// Every complete CSI, SS3, OSC, DCS, APC, PM and SOS sequence is consumed whole, known or not, so that no
/// late answer is ever taken for keys. What breaks off is given up after a moment; nothing is held for ever.
/// Bytes that are no UTF-8 are dropped.
struct InputMachine: Sendable, Hashable {
  /// How long a lone Escape waits for the rest of a sequence, unless ESCDELAY says otherwise: longer than a
  /// slow link's jitter, shorter than a person notices.
  static let patience = Duration.milliseconds(75)
  /// How long the rest of what is surely a sequence, or of a paste, may take.
  static let longPatience = Duration.seconds(1)
  static let longestSequence = 64
  static let longestAnswer = 256
  static let longestPaste = 4_096

  private enum State: Sendable, Hashable {
    case ground
    /// The beginning of a character of so many bytes.
    case character(count: Int)
    case escape
    /// A control sequence, after `ESC [`.
    case control
    /// A control sequence of which no more is kept.
    case longControl
    /// Linux' function keys: `ESC [ [` and one byte.
    case linuxKey
    /// What follows `ESC [ M`: three bytes of a mouse that some program left switched on.
    case mouse(Int)
    /// What follows `ESC O`.
    case single
    /// A string by the letter of its introducer; whether ESC came last.
    case string(UInt8, isEscaped: Bool)
    /// A paste; so many bytes of what may be its end have come.
    case paste(ending: Int)
  }

  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  /// What the terminal has told of itself.
  private(set) var answers = TerminalAnswers()
  /// When the held bytes are given up waiting for; nil if none are held.
  private(set) var deadline: MonotonicTime?

  private let patience: Duration
  private var state = State.ground
  /// The bytes of what is not complete, as far as they are kept.
  private var held: [UInt8] = []
  /// Whether what is held was begun by one byte that is no key.
  private var isEightBit = false

  /// Makes a machine that lets a lone Escape wait so long.
  init(patience: Duration = Self.patience) {
    self.patience = patience
  }

  /// The patience that ESCDELAY asks for, in milliseconds; the default where it says nothing that makes sense.
  static func patience(escapeDelay text: String?) -> Duration {
    guard let text, let milliseconds = Int(text), (0...5_000).contains(milliseconds) else { return patience }
    return .milliseconds(milliseconds)
  }

  /// Takes what was read and returns what is complete.
  mutating func feed(_ bytes: [UInt8], at now: MonotonicTime) -> [InputToken] {
    var tokens: [InputToken] = []
    if case .paste = state, bytes == [0x03] {
      // By itself it is somebody at the keyboard who has waited long enough for the paste's end.
      tokens.append(.key(endPaste()))
    } else {
      for byte in bytes { take(byte, &tokens) }
    }
    if bytes.isEmpty { return tokens }
    deadline = wait.map { now + $0 }
    return tokens
  }

  /// Gives up what is held once its time is over: a lone Escape is then a key, a paste is what came of it.
  mutating func expire(at now: MonotonicTime) -> [InputToken] {
    guard let deadline, deadline <= now else { return [] }
    self.deadline = nil
    let begun = state
    let hasOnlyBegun = held.isEmpty && !isEightBit
    if case .paste = begun { return [.key(endPaste())] }
    reset()
    switch begun {
    case .escape: return [.key(.escape)]
    case .control where hasOnlyBegun: return [.key(.escape), .key(.character("["))]
    case .single where hasOnlyBegun: return [.key(.escape), .key(.character("O"))]
    case .string(let letter, isEscaped: false) where hasOnlyBegun:
      return [.key(.escape), .key(.character(Character(Unicode.Scalar(letter))))]
    case .ground, .character, .control, .longControl, .linuxKey, .mouse, .single, .string, .paste: return []
    }
  }

  private mutating func reset() {
    state = .ground
    isEightBit = false
    held.removeAll(keepingCapacity: held.capacity <= Self.longestAnswer)
  }

  /// How long what is held may wait; nil if nothing is held.
  private var wait: Duration? {
    switch state {
    case .ground: nil
    case .character, .escape: patience
    // As yet these may be two keys of somebody quick.
    case .control, .single, .string: held.isEmpty ? patience : Self.longPatience
    case .longControl, .linuxKey, .mouse, .paste: Self.longPatience
    }
  }

  private mutating func take(_ byte: UInt8, _ tokens: inout [InputToken]) {
    switch state {
    case .ground: takeFirst(byte, &tokens)
    case .character(let count): takeContinuation(byte, count, &tokens)
    case .escape: takeAfterEscape(byte, &tokens)
    case .control: takeControl(byte, &tokens)
    case .longControl:
      if !(0x20...0x3F).contains(byte) { finish(byte, isFinal: (0x40...0x7E).contains(byte), &tokens) }
    case .linuxKey:
      let isKey = (UInt8(ascii: "A")...UInt8(ascii: "E")).contains(byte)
      if isKey { tokens.append(.sequence([0x1B, UInt8(ascii: "["), UInt8(ascii: "["), byte])) }
      finish(byte, isFinal: isKey, &tokens)
    case .mouse(let left): state = left > 1 ? .mouse(left - 1) : .ground
    case .single: takeSingle(byte, &tokens)
    case .string(let letter, let isEscaped): takeString(byte, letter, isEscaped, &tokens)
    case .paste(let ending): takePasted(byte, ending, &tokens)
    }
  }

  /// Back to the beginning; a byte that was not the end is the first of something else.
  private mutating func finish(_ byte: UInt8, isFinal: Bool, _ tokens: inout [InputToken]) {
    reset()
    if !isFinal { takeFirst(byte, &tokens) }
  }

  private mutating func takeFirst(_ byte: UInt8, _ tokens: inout [InputToken]) {
    switch byte {
    case 0x1B: state = .escape
    case 0x00..<0x80: tokens.append(.key(KeyPress(typed: Unicode.Scalar(byte))))
    case 0xC2...0xDF: beginCharacter(byte, count: 2)
    case 0xE0...0xEF: beginCharacter(byte, count: 3)
    case 0xF0...0xF4: beginCharacter(byte, count: 4)
    // The eight-bit forms of ESC and a letter.
    case 0x8F, 0x90, 0x98, 0x9B, 0x9D, 0x9E, 0x9F:
      introduce(byte - 0x40)
      isEightBit = true
    default: break
    }
  }

  private mutating func beginCharacter(_ byte: UInt8, count: Int) {
    held = [byte]
    state = .character(count: count)
  }

  private mutating func takeContinuation(_ byte: UInt8, _ count: Int, _ tokens: inout [InputToken]) {
    guard (0x80...0xBF).contains(byte) else { return finish(byte, isFinal: false, &tokens) }
    held.append(byte)
    guard held.count == count else { return }
    if let scalar = String(validating: held, as: UTF8.self)?.unicodeScalars.first, scalar.value > 0x9F {
      tokens.append(.key(KeyPress(typed: scalar)))
    }
    reset()
  }

  private mutating func takeAfterEscape(_ byte: UInt8, _ tokens: inout [InputToken]) {
    switch byte {
    case UInt8(ascii: "["), UInt8(ascii: "O"), UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"),
      UInt8(ascii: "^"), UInt8(ascii: "X"):
      introduce(byte)
    default:
      tokens.append(.key(.escape))
      finish(byte, isFinal: false, &tokens)
    }
  }

  private mutating func introduce(_ letter: UInt8) {
    switch letter {
    case UInt8(ascii: "["): state = .control
    case UInt8(ascii: "O"): state = .single
    default: state = .string(letter, isEscaped: false)
    }
  }

  private mutating func takeControl(_ byte: UInt8, _ tokens: inout [InputToken]) {
    switch byte {
    case 0x20...0x3F where held.count >= Self.longestSequence: state = .longControl
    case 0x20...0x3F: held.append(byte)
    case UInt8(ascii: "[") where held.isEmpty: state = .linuxKey
    case UInt8(ascii: "M") where held.isEmpty: state = .mouse(3)
    case 0x40...0x7E:
      let sequence = ControlSequence(parameters: held, final: byte)
      reset()
      if sequence.beginsPaste {
        state = .paste(ending: 0)
      } else if !answers.take(sequence), let token = sequence.token {
        tokens.append(token)
      }
    default: finish(byte, isFinal: false, &tokens)
    }
  }

  private mutating func takeSingle(_ byte: UInt8, _ tokens: inout [InputToken]) {
    switch byte {
    case 0x30...0x3B where held.count < 8: held.append(byte)
    case 0x20...0x7E:
      tokens.append(.sequence([0x1B, UInt8(ascii: "O")] + held + [byte]))
      reset()
    default:
      // Nobody has typed the eight-bit form: noise on a line is no key.
      if held.isEmpty, !isEightBit { tokens += [.key(.escape), .key(.character("O"))] }
      finish(byte, isFinal: false, &tokens)
    }
  }

  private mutating func takeString(
    _ byte: UInt8,
    _ letter: UInt8,
    _ isEscaped: Bool,
    _ tokens: inout [InputToken]
  ) {
    switch byte {
    case UInt8(ascii: "\\") where isEscaped: end(letter)
    case _ where isEscaped:
      // Another sequence begins where this one broke off.
      reset()
      takeAfterEscape(byte, &tokens)
    case 0x07: end(letter)
    case 0x9C where isEightBit: end(letter)
    // Cancel and substitute end a string by the standard, and Ctrl-C because a person wants it to end.
    case 0x18, 0x1A: reset()
    case 0x03: finish(byte, isFinal: false, &tokens)
    case 0x1B: state = .string(letter, isEscaped: true)
    default: if held.count < Self.longestAnswer { held.append(byte) }
    }
  }

  private mutating func end(_ letter: UInt8) {
    if letter == UInt8(ascii: "]") { answers.take(command: held) }
    reset()
  }

  private mutating func takePasted(_ byte: UInt8, _ ending: Int, _ tokens: inout [InputToken]) {
    if byte == Self.pasteEnd[ending] {
      state = .paste(ending: ending + 1)
      if ending + 1 == Self.pasteEnd.count { tokens.append(.key(endPaste())) }
      return
    }
    let isEscape = byte == Self.pasteEnd[0]
    let text = Self.pasteEnd.prefix(ending) + (isEscape ? [] : [byte])
    held += text.prefix(max(0, Self.longestPaste - held.count))
    state = .paste(ending: isEscape ? 1 : 0)
  }

  /// What was pasted, without what would be a key and no letter.
  private mutating func endPaste() -> KeyPress {
    let text = String(decoding: held, as: UTF8.self)
    reset()
    return .pasted(String(String.UnicodeScalarView(text.unicodeScalars.filter(SafeText.isHarmless))))
  }
}
