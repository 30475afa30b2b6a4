import Facts
import Testing

/// What a session knows is struck out of everybody's words, for as long as it does.
@Suite struct KnownCredentialsTests {
  private func known() -> KnownCredentials {
    KnownCredentials(forms: [Array("zebra-crossing".utf8)], words: [Array("zebu".utf8), Array("zz".utf8)])
  }

  @Test func aSecretGoesWhereverItStandsAlsoCutShort() {
    withExtendedLifetime(known()) {
      #expect(CredentialWords.struckOut(of: "xzebra-crossingx") == "x‹password›x")
      #expect(CredentialWords.struckOut(of: "cut: zebra-cr…") == "cut: ‹password›…")
      #expect(CredentialWords.struckOut(of: "a zebra-striped one") == "a zebra-striped one")
      #expect(CredentialWords.struckOut(of: "password=zebra-crossing") == "password=‹password›")
    }
  }

  @Test func aWordGoesWhereItStandsByItself() {
    withExtendedLifetime(known()) {
      #expect(
        CredentialWords.struckOut(of: "zebu, (zebu) or zebu") == "‹password›, (‹password›) or ‹password›"
      )
      #expect(CredentialWords.struckOut(of: "zebus my-zebu zebu_2") == "zebus my-zebu zebu_2")
      #expect(CredentialWords.struckOut(of: "zz") == "zz", "so short a one is in every sentence")
    }
  }

  @Test func itIsForgottenWithItsOwner() {
    let other = KnownCredentials(forms: [Array("okapi-okapi".utf8)], words: [])
    withExtendedLifetime(known()) {
      #expect(CredentialWords.struckOut(of: "zebra-crossing okapi-okapi") == "‹password› ‹password›")
    }
    withExtendedLifetime(other) {
      #expect(CredentialWords.struckOut(of: "zebra-crossing okapi-okapi") == "zebra-crossing ‹password›")
    }
  }
}
