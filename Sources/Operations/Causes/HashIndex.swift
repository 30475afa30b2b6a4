/// Finds numbers by a hash of what they stand for, in a table of its own: a look-up costs one step, a dictionary's several.
struct HashIndex {
  private var slots: [(hash: UInt64, value: Int32)] = []
  private var used = 0
  private var mask = 0

  init() {
    slots = Array(repeating: (0, -1), count: 1_024)
    mask = 1_023
  }

  /// The first number under a hash for which a test holds; nil if there is none.
  @inline(__always) func first(_ hash: UInt64, where isIt: (Int32) -> Bool) -> Int32? {
    var at = Int(truncatingIfNeeded: hash) & mask
    while slots[at].value >= 0 {
      if slots[at].hash == hash, isIt(slots[at].value) { return slots[at].value }
      at = (at + 1) & mask
    }
    return nil
  }

  /// Puts a number under a hash.
  mutating func insert(_ hash: UInt64, _ value: Int32) {
    if used * 2 >= slots.count { grow() }
    place(hash, value)
    used += 1
  }

  /// Takes a number out; what stood behind it moves up, so that nothing is lost behind a gap.
  mutating func remove(_ hash: UInt64, _ value: Int32) {
    var at = Int(truncatingIfNeeded: hash) & mask
    while slots[at].value >= 0, slots[at].hash != hash || slots[at].value != value { at = (at + 1) & mask }
    guard slots[at].value >= 0 else { return }
    used -= 1
    var next = (at + 1) & mask
    while slots[next].value >= 0 {
      let home = Int(truncatingIfNeeded: slots[next].hash) & mask
      if (next &- home) & mask >= (next &- at) & mask {
        slots[at] = slots[next]
        at = next
      }
      next = (next + 1) & mask
    }
    slots[at] = (0, -1)
  }

  private mutating func place(_ hash: UInt64, _ value: Int32) {
    var at = Int(truncatingIfNeeded: hash) & mask
    while slots[at].value >= 0 { at = (at + 1) & mask }
    slots[at] = (hash, value)
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: (0, -1), count: old.count * 2)
    mask = slots.count - 1
    for slot in old where slot.value >= 0 { place(slot.hash, slot.value) }
  }
}
