internal import Facts

/// One key as the keymap knows it.
enum KeyPress: Sendable, Hashable {
  /// A printable character, as typed.
  case character(Character)
  /// Ctrl with a lower-case letter or one of `@ [ \ ] ^ _`; Tab, Enter and Escape have cases of their own.
  case control(Character)
  case up, down, left, right
  case home, end, pageUp, pageDown
  case tab, backTab, enter, escape, backspace, delete, insert
  /// F1 to F12.
  case function(Int)
  /// A text that was pasted, not typed.
  case pasted(String)
}

/// The keys that came in one read of the terminal.
struct KeyBatch: Sendable, Hashable {
  /// The keys in order; never empty.
  var keys: [KeyPress]
  /// When the read returned.
  var at: MonotonicTime
}
