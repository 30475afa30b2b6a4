/// Passwords and tokens in somebody else's words, which are shown and recorded without them.
///
/// Known by what they are, as far as the session has them (``KnownCredentials``), and by how they stand there: a
/// runtime or a program also tells those that the console never knew, `password=…` in an error,
/// `postgres://user:…@host` in a log line. Where it is in doubt what is one, it goes.
public enum CredentialWords {
  static let mark = "‹password›"

  /// The text with every such value as `‹password›`; takes as long as the text is.
  public static func struckOut(of text: String) -> String {
    guard !text.isEmpty else { return text }
    let bytes = Array(text.utf8)
    let known = KnownCredentials.struckOut(of: bytes)
    var scanner = CredentialScanner(known ?? bytes)
    guard let result = scanner.struckOut() ?? known else { return text }
    return String(decoding: result, as: UTF8.self)
  }
}

extension SafeText {
  /// Somebody else's words without the passwords and tokens in them, then made harmless and cut.
  public init(told words: String, limit: Int = 4_096) {
    self.init(CredentialWords.struckOut(of: words), limit: limit)
  }

  /// The same without the passwords and tokens in it.
  public var withoutCredentials: SafeText {
    let struck = CredentialWords.struckOut(of: string)
    return struck == string ? self : SafeText(struck, limit: .max)
  }
}

/// A name that something stands behind, and whether what does is a secret.
struct CredentialName {
  /// Endings of the names of secrets, in small letters and without `_` and `-`.
  private static let endings = [
    "password", "passwd", "pgpass", "pwd", "passphrase", "passcode", "secret", "token", "apikey", "secretkey",
    "accesskey", "accountkey", "privatekey", "signingkey", "encryptionkey", "authkey", "jwt", "credentials",
    "authorization", "cookie",
  ]
  /// Last parts of such names that by themselves end ordinary words, too: `bypass`.
  private static let lastParts = ["pass", "pw"]

  /// In small letters, with `_` for `-` also: `rabbitmq_pass`.
  let parts: String
  /// The same without `_`.
  let whole: String

  /// The name of these bytes, the last first.
  init(reversed bytes: [UInt8]) {
    parts = String(decoding: bytes.reversed(), as: UTF8.self)
    whole = parts.filter { $0 != "_" }
  }

  /// Whether what stands behind is kept to oneself.
  var isSecret: Bool {
    Self.endings.contains(where: whole.hasSuffix) || Self.lastParts.contains(lastPart)
  }

  /// Whether a whole line stands behind it.
  var isCookie: Bool { whole.hasSuffix("cookie") }

  /// Whether a program's option is named so: `--password`.
  var isOption: Bool { parts.hasPrefix("__") }

  /// Whether sentences begin with it, too: `token: expected one`.
  var isWord: Bool { ["token", "secret", "credentials"].contains(parts) }

  /// Whether it may as well count what passes.
  var mayCount: Bool { lastPart == "pass" }

  /// Whether it says how the value behind it is written.
  var isScheme: Bool { ["basic", "bearer", "token", "digest"].contains(parts) }

  private var lastPart: String { parts.split(separator: "_").last.map(String.init) ?? "" }
}
