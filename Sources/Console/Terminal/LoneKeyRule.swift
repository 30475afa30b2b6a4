internal import Facts

/// Whether a key came alone, so that it may act or confirm: pastes and key storms never do.
///
/// A key is alone if its read held no other key, no key or paste came within 30 ms before it, it is no paste,
/// and what it answers had been on the screen when it came.
struct LoneKeyRule: Sendable, Hashable {
  /// Keys closer than this belong together.
  static let distance = Duration.milliseconds(30)

  private var lastKeyAt: MonotonicTime?

  /// Takes the next batch and says whether its one key came alone.
  ///
  /// - Parameters:
  ///   - batch: The keys of one read.
  ///   - shownAt: When the dialog or row that the key answers was painted; nil if it has not been yet.
  /// - Returns: True only for a batch of one key that came alone.
  mutating func admits(_ batch: KeyBatch, shownAt: MonotonicTime?) -> Bool {
    let before = lastKeyAt
    lastKeyAt = batch.at
    guard batch.keys.count == 1 else { return false }
    if case .pasted = batch.keys[0] { return false }
    if let before, batch.at - before < Self.distance { return false }
    guard let shownAt else { return false }
    return shownAt <= batch.at
  }
}
