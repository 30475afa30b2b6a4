import Facts
import Foundation
import Testing

@testable import DataSources

/// A secret in the base64 of something longer.
@Suite struct EncodedSecretTests {
  @Test(arguments: ["", "x:", "ops:", "root:", "user@host:"], ["", "\n", "&x=1", "..."])
  func aSecretIsStruckOutWhereverItStandsInWhatIsEncoded(_ before: String, _ after: String) {
    let password = "s3cr&t/Pa\"ss w0rd"
    let secret = SentSecrets(Secret(password))
    let encoded = Data("\(before)\(password)\(after)".utf8).base64EncodedString()
    let forms = [
      encoded, encoded.replacing("=", with: ""), encoded.replacing("+", with: "-").replacing("/", with: "_"),
    ]
    for form in forms {
      let struck = secret.struckOut(ofWords: "said <\(form)>")
      #expect(struck.contains("‹password›"), "\(struck)")
      // What is left holds no more than the bits that it shares with its neighbours.
      let left = struck.dropFirst(6).dropLast().split(
        separator: "‹password›",
        omittingEmptySubsequences: false
      )
      let shown = left.map(\.count).reduce(0, +)
      #expect(shown <= (before.utf8.count + after.utf8.count) * 8 / 6 + 6, "\(struck)")
    }
  }
}
