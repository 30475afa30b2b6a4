import Facts
import Testing

@Suite struct SourceFailureTests {
  @Test(arguments: [
    "unix:/run/docker.sock", "unix:///run/redis.sock", "postgresql://postgres@/run/postgresql:5432/db",
    "postgresql:///tmp/db",
  ])
  func aSocketThatRefusesIsNoQuestionOfPorts(_ address: String) {
    let advice = SourceFailure(.refused, at: address).advice
    #expect(advice == "Nothing answers at the socket: is its server running, may this user open it?")
  }

  @Test(arguments: [
    "http://localhost:8000/health", "redis://localhost:6379/0", "postgresql://postgres@localhost:5433/db",
    "postgresql://?service=x", "",
  ])
  func aPortThatRefusesMayBeTheWrongOne(_ address: String) {
    let advice = SourceFailure(.refused, at: address).advice
    #expect(advice == "Nothing listens there: is the service running, is the port right?")
  }
}
