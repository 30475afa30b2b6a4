import DataSources
import Facts
import Operations

/// A compose CLI whose answers a test gives, and that notes what it is asked to run.
@LoopActor final class ScriptedCompose: ComposeRunner, OfferingSources {
  nonisolated let project = "shop"
  var services: [ComposeService]
  var rejection: SourceFailure?
  var answer: Result<ComposeControl.Answer, SourceFailure> = .success(.init(.status(0)))
  /// The variables that differ from the files, given the containers of a service; nil: it can't be told.
  var differs: ([ServiceReading]) -> [String]? = { _ in [] }
  /// What the files changed since a container was made; nil: its values can't be read.
  var old: [String]? = []
  private(set) var ran: [String] = []
  /// What happens as a call runs.
  var onRun: (String) -> Void = { _ in }
  private let runtime: ScriptedRuntime

  init(_ runtime: ScriptedRuntime, _ services: ComposeService...) {
    self.runtime = runtime
    self.services = services
  }

  func read() async throws(SourceFailure) -> ComposeControl.Reading {
    if let rejection { throw rejection }
    let project = ComposeProject(name: "shop", directory: "/srv/shop", files: [], services: services)
    return ComposeControl.Reading(
      project,
      program: ["docker", "compose", "-p", "shop"],
      directory: "/srv/shop"
    )
  }

  func run(_ call: ComposeControl.Call) async throws(SourceFailure) -> ComposeControl.Answer {
    ran.append(call.shown)
    onRun(call.shown)
    await runtime.act()
    return try answer.get()
  }

  func differing(_ containers: [ServiceReading], from service: String) -> [String]? { differs(containers) }

  func outdated(_ container: ServiceReading) async throws(SourceFailure) -> [String]? {
    if let rejection { throw rejection }
    return old
  }

  func offer<Offer>(_ type: Offer.Type, of source: String?) -> Offer? { self as? Offer }
}
