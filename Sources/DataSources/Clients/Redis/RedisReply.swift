/// One reply of Redis (RESP2), copied out of the library.
public indirect enum RedisReply: Sendable, Hashable {
  /// There is no such thing.
  case none
  /// A simple status, such as `PONG`.
  case status(String)
  /// A bulk string, invalid UTF-8 repaired.
  case text(String)
  /// A whole number.
  case integer(Int64)
  /// The server refused; its words.
  case failure(String)
  /// A list of replies.
  case list([RedisReply])

  /// The text of a status or a string, or nil.
  public var text: String? {
    switch self {
    case .status(let text), .text(let text): text
    case .none, .integer, .failure, .list: nil
    }
  }
}

extension SentSecrets {
  /// A reply that tells nothing of what was sent.
  func struckOut(of reply: RedisReply) -> RedisReply {
    func data(_ text: String) -> String {
      String(decoding: struckOut(ofData: Array(text.utf8)), as: UTF8.self)
    }
    return switch reply {
    case .none, .integer: reply
    case .status(let text): .status(data(text))
    case .text(let text): .text(data(text))
    case .failure(let words): .failure(struckOut(ofWords: words))
    case .list(let elements): .list(elements.map(struckOut(of:)))
    }
  }
}

/// A command that only looks, or one of ``SharedBoard``'s to the console's own keys.
///
/// Nobody else can make any other: no KEYS, no MONITOR, no write.
public struct RedisCommand: Sendable, Hashable {
  /// The words as they are sent, the command first.
  public let words: [String]

  private init(words: [String]) {
    self.words = words
  }

  /// A command about the console's own keys, which all begin alike.
  static func ownKey(_ key: SharedBoard.Key, _ before: [String], _ after: [String]) -> RedisCommand {
    RedisCommand(words: before + [key.text] + after)
  }

  /// The command `TIME`.
  static let time = RedisCommand(words: ["TIME"])

  /// The command `PING`.
  public static let ping = RedisCommand(words: ["PING"])

  /// The command `INFO` for the default sections.
  public static let info = RedisCommand(words: ["INFO"])

  /// The first 64 KiB of a string: `GETRANGE key 0 65535`, empty if there is no such key.
  public static func get(_ key: String) -> RedisCommand {
    RedisCommand(words: ["GETRANGE", key, "0", "65535"])
  }

  /// One step through the keys that begin so, about a thousand of them: `SCAN cursor MATCH prefix* COUNT 1000`.
  static func scan(from cursor: String, prefix: String) -> RedisCommand {
    RedisCommand(words: ["SCAN", cursor, "MATCH", "\(prefix)*", "COUNT", "1000"])
  }

  /// A command as somebody wrote it; nil unless it is one of those that look and are quick.
  ///
  /// `GET key` becomes ``get(_:)``, since a value may be of any size.
  public init?(allowing words: [String]) {
    guard let name = words.first?.uppercased() else { return nil }
    if name == "GET", words.count == 2 {
      self = .get(words[1])
      return
    }
    let isAllowed: Bool =
      switch name {
      case "PING", "INFO": words.count <= 2
      case "DBSIZE": words.count == 1
      case "EXISTS", "TTL", "TYPE", "STRLEN", "LLEN", "HLEN", "SCARD", "ZCARD":
        words.count == 2
      case "SLOWLOG":
        words.count >= 2 && ["GET", "LEN"].contains(words[1].uppercased()) && words.count <= 3
          && words.dropFirst(2).allSatisfy { Int($0).map { (0...1_000).contains($0) } ?? false }
      default: false
      }
    guard isAllowed else { return nil }
    self.words = words
  }
}
