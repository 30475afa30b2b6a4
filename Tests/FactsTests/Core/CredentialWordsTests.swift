import Facts
import Testing

/// Passwords that the console never knew are struck out of what others say by how they stand there.
@Suite struct CredentialWordsTests {
  @Test(arguments: [
    ("login failed: password=s3cr3tpw, retry", "login failed: password=‹password›, retry"),
    ("PGPASSWORD=s3cr3tpw psql", "PGPASSWORD=‹password› psql"),
    ("cannot reach postgres://u:s3cr3tpw@db/x", "cannot reach postgres://u:‹password›@db/x"),
    ("API_KEY='a b' TOKEN=\"x\\\"y\" z", "API_KEY='‹password›' TOKEN=\"‹password›\" z"),
    (#"{"user":"u","password": "s3\"cr","n":1}"#, #"{"user":"u","password": "‹password›","n":1}"#),
    ("{'secret': 'abc'}", "{'secret': '‹password›'}"),
    ("authorization: Basic cmFi, Accept: x", "authorization: Basic ‹password›, Accept: x"),
    ("Authorization: Bearer ey.J9", "Authorization: Bearer ‹password›"),
    (#"{"Authorization": "Bearer ey.J9"}"#, #"{"Authorization": "Bearer ‹password›"}"#),
    ("{'authorization': 'Basic cmFi', 'x': 1}", "{'authorization': 'Basic ‹password›', 'x': 1}"),
    ("X-Api-Key: k3y", "X-Api-Key: ‹password›"),
    ("Proxy-Authorization: abc x", "Proxy-Authorization: ‹password› x"),
    ("RABBITMQ_PASS=x db-pass='y'", "RABBITMQ_PASS=‹password› db-pass='‹password›'"),
    ("http://h/?access_token=ab&x=1", "http://h/?access_token=‹password›&x=1"),
    ("password=‹password›LEAK", "password=‹password›"),
    ("host=h, password=a,port=5 x", "host=h, password=‹password›,port=5 x"),
    ("(password=abc), then", "(password=‹password›), then"),
    (#"{"error":"password=abc\" and"}"#, #"{"error":"password=‹password›\" and"}"#),
  ]) func theValueGoesAndTheRestStays(text: String, struck: String) {
    #expect(CredentialWords.struckOut(of: text) == struck)
    #expect(CredentialWords.struckOut(of: struck) == struck)
  }

  @Test(arguments: [
    "password: LEAK", "  POSTGRES_PASSWORD: LEAK", "password:\"LEAK\"", "auth_token:LEAK", "password = LEAK",
    #"{"password" : "LEAK"}"#, #"{\"password\":\"LEAK\"}"#, #"{\\\"password\\\":\\\"LEAK\\\"}"#,
    #"{"password":7LEAK,"user":"u"}"#, "\"password\":\n\"LEAK\"", "\"password\":⏎\"LEAK\"",
    "password%3DLEAK&x=1", "%22password%22%3A%22LEAK%22", "AWS_SECRET_ACCESS_KEY=LEAK", "secret_key=LEAK",
    "private_key=LEAK", "SIGNING_KEY=LEAK", "passphrase=LEAK", "pw=LEAK", "X-Api-Key: LEAK",
    "Cookie: session=LEAK; other=LEAK", "{'Cookie': 'a=LEAK; b=LEAK'}", "authorization=Bearer LEAK",
    "said Basic YUBiLEAK0w== twice", "said Bearer ey.LEAK twice", "psql --password LEAK",
    #"["--password", "LEAK"]"#, "ALTER USER x PASSWORD 'LEAK'", "CREATE USER x IDENTIFIED BY 'LEAK'",
    #""password"=>"LEAK""#, "<password>LEAK</password>", "https://LEAK@github.com/x",
    "postgres://u:p@LEAK@h/db", "postgres://u:p/LEAK@h/db", "postgres://u:a#LEAK@h", "amqp://u:LEAK?@h",
    "redis://:LEAK@h", "postgres://u:LEAK cut", "password=a,LEAK", "password=a,LEAK==", "Password=a;LEAK",
    "password=abc`LEAK", "password=(LEAK)", "password=${LEAK}", "pass\u{200B}word=LEAK",
    "pass\u{FFFD}word=LEAK",
    "pass\u{AD}word=LEAK", "password=\nLEAK", "password=\0LEAK", "password=\"a\\\"LEAK\"", "password=b'LEAK'",
    "SecretStr: password=SecretStr('LEAK')", "os.environ['DB_PASSWORD'] = 'LEAK'",
    "DATABASE_URL=postgres://user:LEAK@h", "jdbc:postgresql://h/db?user=u&password=LEAK", "secret: LEAK",
  ]) func noFormOfItIsShown(text: String) {
    let struck = CredentialWords.struckOut(of: text)
    #expect(!struck.contains("LEAK") && struck.contains("‹password›"))
    #expect(CredentialWords.struckOut(of: struck) == struck)
  }

  @Test(arguments: [
    "", "password=", "password=‹RABBITMQ_PASS›", "postgres://u:‹password›@db",
    "pass=12 fail=3 pass=99.5% pass=true", "bypass=true compass=north pass: 3 depth=5 passed=4",
    "password authentication failed for user \"x\"", "token: expected one", "user:pass:rest",
    "http://host:8000/a@b", "http://host:8000?x=a@b", "http://[::1]:8000/a@b",
    "tcp://0.0.0.0:5672, http://h:1)",
    "postgresql://user@host:5432/db", "postgresql://user@/path:5432/db", "unix:///run/docker.sock",
    "docker-pullable://nginx@sha256:abc", "not an address of Redis: redis://host:port/database",
    "password: {env: X}", #"{"password":null,"has_password":true}"#,
    "expected `{user: …, password: …}` or `{token: …}`",
    "a password stands in the address, expected it by reference: `password: {env: NAME}`",
    "waiting for the secret of rabbitmq: command pass", "the secret \"RABBITMQ_PASS\" is not set",
    "basic authentication failed, Bearer token missing", "WWW-Authenticate: Basic realm=\"Restricted\"",
    "invalid credentials: please log in",
  ]) func whatIsNoneStays(text: String) {
    #expect(CredentialWords.struckOut(of: text) == text)
  }

  @Test func everyByteIsReadAndNoneInvented() {
    // Whatever stands at a text's edge: each beginning of each form is read without a trap.
    for text in [
      "\"password\":⏎\"LEAK\"", "https://[u:x@h", "a=%3D<p>x\\\"'", "Cookie: a⏎", "--pw ‹", "://u:",
    ] {
      let bytes = Array(text.utf8)
      for start in bytes.indices {
        for end in start...bytes.count {
          _ = CredentialWords.struckOut(of: String(decoding: bytes[start..<end], as: UTF8.self))
        }
      }
    }
  }

  @Test func whatTellsOfAServerTellsNoPassword() {
    var origin = Origin(source: "db", query: "", excerpt: "password=LEAK")
    #expect(origin.excerpt == "password=‹password›")
    origin.excerpt += " token=LEAK"
    #expect(origin.excerpt == "password=‹password› token=‹password›")
    var observation = Observation("a.b", nil, word: "password=LEAK", origin: origin)
    #expect(observation.word == "password=‹password›")
    observation.word = "secret_key=LEAK"
    #expect(observation.word == "secret_key=‹password›")
    #expect(
      LogTail(of: Array("a\nPGPASSWORD=LEAK x".utf8), most: 2).lines == ["a", "PGPASSWORD=‹password› x"]
    )
    #expect(LogTail(lines: ["password: LEAK"]).lines == ["password: ‹password›"])
  }

  @Test func aFailureTellsNoneWhoeverMakesIt() {
    var failure = SourceFailure(.status(500), at: "unix:/run/docker.sock", detail: "password=s3cr3tpw")
    #expect(failure.detail == "password=‹password›")
    failure.detail = "again: postgres://u:s3cr3tpw@db"
    failure.told = "PGPASSWORD=s3cr3tpw"
    #expect(failure.detail == "again: postgres://u:‹password›@db")
    #expect(failure.word == "PGPASSWORD=‹password›")
  }
}
