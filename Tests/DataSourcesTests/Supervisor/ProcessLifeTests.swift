import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

struct ProcessLifeTests {
  private func parts(_ life: ProcessLife) -> [String] { life.text.split(separator: " ").map(String.init) }

  private func life(_ parts: [String]) throws -> ProcessLife {
    try #require(ProcessLife(parts.joined(separator: " ")))
  }

  @Test func itsOwnIsNotOver() throws {
    let own = try #require(ProcessLife.own)
    #expect(own.isOver == false)
    #expect(ProcessLife(own.text) == own)
    #expect(parts(own)[2] == "\(getpid())")
  }

  @Test func oneThatHasEndedIsOver() throws {
    let process = TestProcess(["/bin/sleep", "1000"], log: "/dev/null")
    var told = try parts(#require(ProcessLife.own))
    told[2] = "\(process.pid)"
    told[3] = try #require(ProcessTable.read()?.processes[Int(process.pid)].map { "\($0.start)" })
    let life = try life(told)
    #expect(life.isOver == false)
    process.send(SIGKILL)
    process.wait()
    #expect(life.isOver == true)
  }

  @Test func anotherWithItsNumberIsNotIt() throws {
    var told = try parts(#require(ProcessLife.own))
    told[3] = "1"
    #expect(try life(told).isOver == true)
  }

  /// There the same number may be anybody's.
  @Test(arguments: [0, 1]) func ofAnotherMachineOrNamespaceNothingIsKnown(place: Int) throws {
    var told = try parts(#require(ProcessLife.own))
    (told[place], told[2]) = ("other", "4194304")
    #expect(try life(told).isOver == nil)
  }

  @Test(arguments: ["", "a b 1", "a b c d", "a b 0 1", "a b -1 1", "a b 1 2 3", "b  1 2 3"])
  func whatIsNoneIsNotRead(_ text: String) {
    #expect(ProcessLife(text) == nil)
  }
}
