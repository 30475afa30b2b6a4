import DataSources
import Testing

@Suite struct WebAddressTests {
  @Test(arguments: [
    ("http://localhost:8000/x", "http://localhost:8000", true),
    ("https://user:pw@Example.org/y", "https://example.org:443", false),
    ("http://[::1]:9090", "http://[::1]:9090", true),
    ("http://127.9.9.9", "http://127.9.9.9:80", true),
    ("http://127.evil.org", "http://127.evil.org:80", false),
  ])
  func originDecidesTrust(_ url: String, _ origin: String, _ isLoopback: Bool) throws {
    let parsed = try #require(WebOrigin(of: url))
    #expect(parsed.description == origin)
    #expect(parsed.isLoopback == isLoopback)
  }

  @Test(arguments: ["", "ftp://x", "http://", "http://x:0", "http://x:99999", "localhost:80"])
  func anythingElseIsNoOrigin(_ url: String) {
    #expect(WebOrigin(of: url) == nil)
  }

  @Test func passwordsAreNeverShown() {
    #expect(redacted("http://u:secret@h/p?token=abc&q=1") == "http://u:‹password›@h/p?token=‹token›&q=1")
  }

  @Test(
    arguments: [
      ("azAZ09-_.~", "azAZ09-_.~"), ("", ""), ("a b/c", "a%20b%2Fc"), ("voice&ai=?#", "voice%26ai%3D%3F%23"),
      ("100%", "100%25"), ("p@ss:wörd", "p%40ss%3Aw%C3%B6rd"), ("\u{1}\n\u{7F}", "%01%0A%7F"),
    ])
  func allButUnreservedCharactersIsPercentEncoded(_ text: String, encoded: String) {
    #expect(percentEncoded(text) == encoded)
  }

  @Test func oneSlashAtTheEndIsCut() {
    #expect(withoutSlash("http://localhost:8000/") == "http://localhost:8000")
    #expect(withoutSlash("http://localhost:8000/api") == "http://localhost:8000/api")
    #expect(withoutSlash("") == "")
  }
}
