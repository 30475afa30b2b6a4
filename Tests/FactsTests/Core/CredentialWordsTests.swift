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
    ("pass=12 fail=3 pass=99.5% pass=true", "pass=12 fail=3 pass=99.5% pass=true"),
    ("bypass=true compass=north pass: 3", "bypass=true compass=north pass: 3"),
    ("http://h/?access_token=ab&x=1", "http://h/?access_token=‹password›&x=1"),
    ("password=", "password="), ("password=‹RABBITMQ_PASS›", "password=‹RABBITMQ_PASS›"),
    ("postgres://u:‹password›@db", "postgres://u:‹password›@db"),
    ("depth=5 http://host:8000/a@b", "depth=5 http://host:8000/a@b"),
    ("password authentication failed for user \"x\"", "password authentication failed for user \"x\""),
    ("token: expected one", "token: expected one"), ("", ""),
  ]) func theValueGoesAndTheRestStays(text: String, struck: String) {
    #expect(CredentialWords.struckOut(of: text) == struck)
    #expect(CredentialWords.struckOut(of: struck) == struck)
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
