import Facts
import Testing

@testable import DataSources

/// The life of a connection, read like a transcript.
@Suite struct PostgresConnectionMachineTests {
  typealias Machine = PostgresConnectionMachine
  private let limits = Machine.Limits(rows: 2, bytes: 100)
  private let refused = SourceFailure(.refused, at: "pg")
  private let lost = SourceFailure(.disconnected, at: "pg")

  private func ready() -> Machine {
    var machine = Machine(address: "pg")
    _ = machine.request(1, limits)
    _ = machine.resolved(attempt: 1)
    _ = machine.polled(.connected)
    return machine
  }

  @Test func firstQueryConnectsAndIsAnswered() {
    var machine = Machine(address: "pg")
    #expect(machine.request(1, limits) == [.resolve(attempt: 1)])
    #expect(machine.resolved(attempt: 1) == [.connect])
    #expect(machine.polled(.writing) == [.waitForWriting])
    #expect(machine.polled(.reading) == [.wait(forWriting: false)])
    #expect(machine.polled(.connected) == [.send(1)])
    #expect(machine.sent(isFlushed: false) == [.wait(forWriting: true)])
    #expect(machine.sent(isFlushed: true) == [.wait(forWriting: false)])
    #expect(machine.received(bytes: 50) == [])
    #expect(machine.acceptsRow(bytes: 10) == true)
    #expect(machine.replyEnded() == [.answer(1, isCut: false), .wait(forWriting: false)])
    #expect(machine.state == .ready)
  }

  @Test func queriesAreAnsweredInOrder() {
    var machine = ready()
    #expect(machine.request(2, limits) == [])
    #expect(machine.request(3, limits) == [])
    #expect(machine.replyEnded() == [.answer(1, isCut: false), .send(2)])
    #expect(machine.replyEnded() == [.answer(2, isCut: false), .send(3)])
  }

  @Test func refusedConnectionFailsAllAndNextQueryTriesAgain() {
    var machine = Machine(address: "pg")
    _ = machine.request(1, limits)
    _ = machine.request(2, limits)
    _ = machine.resolved(attempt: 1)
    #expect(
      machine.polled(.failed(refused)) == [.disconnect, .fail(1, refused), .fail(2, refused)]
    )
    #expect(machine.state == .broken(refused))
    #expect(machine.request(3, limits) == [.resolve(attempt: 2)])
  }

  @Test func aRefusedPasswordFailsAllAndWhoWaitsForAnothersIsToldSo() {
    var machine = Machine(address: "pg")
    let refusal = SourceFailure(.unauthorized, at: "pg")
    _ = machine.request(1, limits)
    machine.waitsForTurn()
    let late = SourceFailure(.timedOut, at: "pg", detail: "another's login got no answer in time")
    #expect(machine.deadlinePassed(1) == [.disconnect, .fail(1, late)])
    // The turn comes for the next one.
    #expect(machine.request(2, limits) == [.resolve(attempt: 2)])
    #expect(machine.resolved(attempt: 2) == [.connect])
    #expect(machine.polled(.refused(refusal)) == [.disconnect, .fail(2, refusal)])
    #expect(machine.request(3, limits) == [.resolve(attempt: 3)])
    let unresolved = SourceFailure(.timedOut, at: "pg", detail: "the host name was not resolved in time")
    #expect(machine.deadlinePassed(3) == [.disconnect, .fail(3, unresolved)])
  }

  @Test func refusedStatementLeavesTheConnection() {
    var machine = ready()
    let rejected = SourceFailure(.rejected, at: "pg", detail: "42P01")
    #expect(machine.replyFailed(rejected) == [])
    #expect(machine.state == .draining(rejected))
    #expect(machine.replyEnded() == [.fail(1, rejected), .wait(forWriting: false)])
    #expect(machine.state == .ready)
  }

  @Test func deadlineOfTheRunningQueryCostsTheConnection() {
    var machine = ready()
    _ = machine.request(2, limits)
    let late = SourceFailure(.timedOut, at: "pg", detail: "no answer in time")
    #expect(
      machine.deadlinePassed(1)
        == [.requestCancel, .disconnect, .fail(1, late), .resolve(attempt: 2)]
    )
    #expect(machine.resolved(attempt: 2) == [.connect])
    #expect(machine.polled(.connected) == [.send(2)])
  }

  @Test func deadlineOfAWaitingQueryDisturbsNobody() {
    var machine = ready()
    _ = machine.request(2, limits)
    let late = SourceFailure(.timedOut, at: "pg", detail: "no answer in time")
    #expect(machine.deadlinePassed(2) == [.fail(2, late)])
    #expect(machine.replyEnded() == [.answer(1, isCut: false), .wait(forWriting: false)])
  }

  @Test func connectingIsGivenUpWithItsLastWaiter() {
    var machine = Machine(address: "pg")
    _ = machine.request(1, limits)
    _ = machine.request(2, limits)
    _ = machine.resolved(attempt: 1)
    let late = SourceFailure(.timedOut, at: "pg", detail: "no connection in time")
    #expect(machine.deadlinePassed(1) == [.fail(1, late)])
    #expect(machine.cancelled(2) == [.disconnect, .fail(2, SourceFailure(.cancelled, at: "pg"))])
    #expect(machine.polled(.connected) == [])
  }

  @Test func connectDeadlineFailsWhoeverWaits() {
    var machine = Machine(address: "pg")
    _ = machine.request(1, limits)
    _ = machine.resolved(attempt: 1)
    let late = SourceFailure(.timedOut, at: "pg", detail: "no connection in time")
    #expect(machine.connectDeadlinePassed() == [.disconnect, .fail(1, late)])
  }

  @Test func lateNameIsIgnored() {
    var machine = Machine(address: "pg")
    _ = machine.request(1, limits)
    _ = machine.cancelled(1)
    _ = machine.request(2, limits)
    #expect(machine.resolved(attempt: 1) == [])
    #expect(machine.resolved(attempt: 2) == [.connect])
  }

  @Test func rowCapCutsAndGivesTheConnectionUp() {
    var machine = ready()
    #expect(machine.acceptsRow(bytes: 10) == true)
    #expect(machine.acceptsRow(bytes: 10) == true)
    #expect(machine.acceptsRow(bytes: 10) == false)
    #expect(machine.cut() == [.requestCancel, .disconnect, .answer(1, isCut: true)])
    #expect(machine.state == .idle)
  }

  @Test func byteCapCuts() {
    var machine = ready()
    #expect(machine.received(bytes: 100) == [])
    #expect(machine.received(bytes: 1) == [.requestCancel, .disconnect, .answer(1, isCut: true)])
  }

  @Test func largeRowIsNotAccepted() {
    var machine = ready()
    #expect(machine.acceptsRow(bytes: 60) == true)
    #expect(machine.acceptsRow(bytes: 60) == false)
  }

  @Test func lossInTheMiddleFailsOneAndReconnectsForTheRest() {
    var machine = ready()
    _ = machine.request(2, limits)
    #expect(machine.lost(lost) == [.disconnect, .fail(1, lost), .resolve(attempt: 2)])
  }

  @Test func farewellSaysMoreThanTheHangUp() {
    var machine = ready()
    let farewell = SourceFailure(.disconnected, at: "pg", detail: "57P01 terminating")
    _ = machine.replyFailed(farewell)
    #expect(machine.lost(lost) == [.disconnect, .fail(1, farewell)])
  }

  @Test func lossWhileIdleIsQuietUntilTheNextQuery() {
    var machine = ready()
    _ = machine.replyEnded()
    #expect(machine.lost(lost) == [.disconnect])
    #expect(machine.request(2, limits) == [.resolve(attempt: 2)])
  }

  @Test func closedMachineAnswersCancelled() {
    var machine = ready()
    let cancelled = SourceFailure(.cancelled, at: "pg")
    #expect(machine.close() == [.disconnect, .fail(1, cancelled)])
    #expect(machine.request(2, limits) == [.fail(2, cancelled)])
    #expect(machine.close() == [])
  }
}
