/// A hash of bytes that is the same in every process, on every machine and tomorrow.
///
/// Swift's own hashes are seeded anew in each process; the names of causes and the choice of what is kept must not be.
enum StableHash {
  /// The hash of some bytes, of good quality in all 64 bits.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    var offset = 0
    while offset + 8 <= bytes.count {
      state = join(state, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
      rest = rest << 8 | UInt64(bytes[offset])
      offset += 1
    }
    return finish(join(state, rest))
  }

  /// The hash of a text.
  static func of(_ text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { of(UnsafeRawBufferPointer($0)) }
  }

  /// A hash with one more value in it.
  @inline(__always) static func join(_ state: UInt64, _ value: UInt64) -> UInt64 {
    let product = (state ^ value).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return (product.high ^ product.low) &+ 0x9E37_79B9_7F4A_7C15 &+ value
  }

  /// The last step: every bit of the state counts in every bit of the hash.
  @inline(__always) static func finish(_ state: UInt64) -> UInt64 {
    var mixed = state
    mixed = (mixed ^ (mixed >> 32)) &* 0xD6E8_FEB8_6659_FD93
    mixed = (mixed ^ (mixed >> 32)) &* 0xD6E8_FEB8_6659_FD93
    return mixed ^ (mixed >> 32)
  }
}
