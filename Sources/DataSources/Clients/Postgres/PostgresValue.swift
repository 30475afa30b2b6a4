public import Facts

/// One value of a row, decoded from Postgres' binary format.
public enum PostgresValue: Sendable, Hashable {
  /// SQL NULL.
  case null
  /// `bool`.
  case flag(Bool)
  /// `int2`, `int4`, `int8`, `oid`.
  case integer(Int64)
  /// `float4`, `float8`, `numeric` (rounded to the nearest Double).
  case number(Double)
  /// `text` and its kin, `uuid` in its usual spelling, `json` and `jsonb`; raw as it came.
  case text(String)
  /// `timestamp` (taken as UTC) and `timestamptz`; the infinities are infinite.
  case time(WallTime)
  /// Any other type, or bytes that don't fit the type; the number is the type's OID. Cast it in SQL.
  case unknown(UInt32)

  /// The text, or nil.
  public var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The whole number, or nil.
  public var integer: Int? {
    guard case .integer(let integer) = self else { return nil }
    return Int(integer)
  }

  /// The number, whole or not, or nil.
  public var number: Double? {
    switch self {
    case .number(let number): number
    case .integer(let integer): Double(integer)
    case .null, .flag, .text, .time, .unknown: nil
    }
  }

  /// The truth value, or nil.
  public var flag: Bool? {
    guard case .flag(let flag) = self else { return nil }
    return flag
  }

  /// The time, or nil.
  public var time: WallTime? {
    guard case .time(let time) = self else { return nil }
    return time
  }
}

/// The OIDs of `pg_type.dat` that the console decodes.
enum PostgresType {
  static let bool: UInt32 = 16
  static let char: UInt32 = 18
  static let name: UInt32 = 19
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let text: UInt32 = 25
  static let oid: UInt32 = 26
  static let json: UInt32 = 114
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  static let unknown: UInt32 = 705
  static let bpchar: UInt32 = 1042
  static let varchar: UInt32 = 1043
  static let timestamp: UInt32 = 1114
  static let timestamptz: UInt32 = 1184
  static let numeric: UInt32 = 1700
  static let uuid: UInt32 = 2950
  static let jsonb: UInt32 = 3802
}

extension PostgresValue {
  /// Decodes the binary form of a value of the type `oid`.
  init(decoding bytes: UnsafeRawBufferPointer, oid: UInt32) {
    switch (oid, bytes.count) {
    case (PostgresType.bool, 1):
      self = .flag(bytes[0] != 0)
    case (PostgresType.int2, 2):
      self = .integer(Int64(Int16(bitPattern: bytes.bigEndian(at: 0))))
    case (PostgresType.int4, 4):
      self = .integer(Int64(Int32(bitPattern: bytes.bigEndian(at: 0))))
    case (PostgresType.oid, 4):
      self = .integer(Int64(bytes.bigEndian(at: 0) as UInt32))
    case (PostgresType.int8, 8):
      self = .integer(Int64(bitPattern: bytes.bigEndian(at: 0)))
    case (PostgresType.float4, 4):
      self = .number(Double(Float(bitPattern: bytes.bigEndian(at: 0))))
    case (PostgresType.float8, 8):
      self = .number(Double(bitPattern: bytes.bigEndian(at: 0)))
    case (PostgresType.timestamp, 8), (PostgresType.timestamptz, 8):
      self = .time(Self.time(microseconds: Int64(bitPattern: bytes.bigEndian(at: 0))))
    case (PostgresType.uuid, 16):
      self = .text(Self.uuid(bytes))
    case (PostgresType.numeric, 8...):
      self = Self.numeric(bytes).map { .number($0) } ?? .unknown(oid)
    case (PostgresType.jsonb, 1...):
      // The first byte is the format's version, so far always 1.
      self = bytes[0] == 1 ? .text(String(decoding: bytes[1...], as: UTF8.self)) : .unknown(oid)
    case (PostgresType.text, _), (PostgresType.varchar, _), (PostgresType.bpchar, _),
      (PostgresType.name, _), (PostgresType.char, _), (PostgresType.json, _),
      (PostgresType.unknown, _):
      self = .text(String(decoding: bytes, as: UTF8.self))
    default:
      self = .unknown(oid)
    }
  }

  /// Microseconds since 2000-01-01 UTC as wall time; the extremes mean infinity.
  private static func time(microseconds: Int64) -> WallTime {
    let epoch = 946_684_800.0
    return switch microseconds {
    case .max: WallTime(secondsSince1970: .infinity)
    case .min: WallTime(secondsSince1970: -.infinity)
    default: WallTime(secondsSince1970: epoch + Double(microseconds) / 1e6)
    }
  }

  private static func uuid(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 36) { output in
      var next = 0
      for (index, byte) in bytes.enumerated() {
        if [4, 6, 8, 10].contains(index) {
          output[next] = UInt8(ascii: "-")
          next += 1
        }
        output[next] = digits[Int(byte >> 4)]
        output[next + 1] = digits[Int(byte & 15)]
        next += 2
      }
      return next
    }
  }

  /// A numeric: count, weight, sign and scale, then digits to the base of 10,000.
  private static func numeric(_ bytes: UnsafeRawBufferPointer) -> Double? {
    let count = Int(bytes.bigEndian(at: 0) as UInt16)
    let weight = Int(Int16(bitPattern: bytes.bigEndian(at: 2)))
    let sign: UInt16 = bytes.bigEndian(at: 4)
    switch sign {
    case 0xC000: return .nan
    case 0xD000: return .infinity
    case 0xF000: return -.infinity
    case 0, 0x4000: break
    default: return nil
    }
    guard bytes.count == 8 + 2 * count else { return nil }
    // Through decimal text: adding up powers of ten would round at every step.
    var text = sign == 0x4000 ? "-0." : "0."
    // 25 digits are more than a Double can tell apart.
    for index in 0..<min(count, 7) {
      let digit: UInt16 = bytes.bigEndian(at: 8 + 2 * index)
      guard digit < 10_000 else { return nil }
      let padded = String(digit)
      text += String(repeating: "0", count: 4 - padded.count) + padded
    }
    return count == 0 ? 0 : Double(text + "e\(4 * (weight + 1))")
  }
}

extension UnsafeRawBufferPointer {
  /// The big-endian integer at `offset`, which the caller has checked to be there.
  fileprivate func bigEndian<Integer: FixedWidthInteger>(at offset: Int) -> Integer {
    Integer(bigEndian: loadUnaligned(fromByteOffset: offset, as: Integer.self))
  }
}
