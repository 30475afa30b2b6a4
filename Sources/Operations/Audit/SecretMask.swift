public import Facts

/// Replaces known secrets by their names, and what stands where secrets do: between the console and its records.
public struct SecretMask: Sendable {
  private let secrets: [(name: String, secret: Secret)]

  /// A mask of the secrets by name; those shorter than four bytes hide nothing and are left out.
  public init(_ secrets: [(name: String, secret: Secret)] = []) {
    func length(_ secret: Secret) -> Int { secret.reveal { $0.utf8.count } }
    // The longer first: one that stands in another must not break it up.
    self.secrets = secrets.filter { length($0.secret) >= 4 }
      .sorted { length($0.secret) > length($1.secret) }
  }

  /// The text with every secret as ‹name›.
  public func mask(_ text: String) -> String {
    var result = text
    for (name, secret) in secrets {
      result = secret.reveal { result.replacing($0, with: "‹\(name)›") }
    }
    return CredentialWords.struckOut(of: result)
  }
}
