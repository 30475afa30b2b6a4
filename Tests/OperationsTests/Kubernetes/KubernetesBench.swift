import Facts
import TestSupport
import Testing

@testable import DataSources
@testable import Operations

/// One environment whose services a fake cluster runs, asked and changed by the real kubectl.
@LoopActor final class KubernetesBench {
  let fake: FakeKubernetes
  let runtime: KubernetesRuntime
  let keeper: KubernetesCredentials
  let audit = ScriptedAudit()
  let executor: Executor
  let credentials: CredentialServices
  private let state: TemporaryDirectory
  private(set) var events: [ActionEvent] = []

  init(rolloutWithin: Int = 600) throws {
    fake = FakeKubernetes()
    fake.tell(
      "merge?collection=deployments&name=backend",
      #"{"spec": {"progressDeadlineSeconds": \#(rolloutWithin)}}"#
    )
    runtime = fake.runtime(deadline: .seconds(1), patience: .seconds(1))
    keeper = KubernetesCredentials(runtime)
    state = try TemporaryDirectory()
    credentials = CredentialServices(
      [CredentialSettings(name: "shop", variables: ["SOUNDHOUND_API_KEY"], isTested: false)],
      book: RotationBook(
        directory: StateDirectory(root: state.root, environment: "prod"),
        author: AuditAuthor(user: "anna", host: "box", process: 1)
      )
    )
    let offers = Offers(keeper)
    self.offers = offers
    var services = ActionServices(
      environment: "prod",
      profiles: [ServiceProfile(name: "backend", dangerClass: 1)],
      runtime: runtime,
      prober: ScriptedRuntime(ManualClock()) { _ in .success([]) },
      world: { World() },
      clock: LoopClock(),
      timing: ProofTiming(
        interval: .milliseconds(100),
        holding: 2,
        spacing: .milliseconds(100),
        within: .seconds(3),
        thenWithin: .seconds(1),
        settling: .milliseconds(300),
        tick: .milliseconds(20)
      ),
      offers: offers
    )
    services.credentials = credentials
    executor = Executor(services: services, audit: audit, locks: ScriptedLocks(), mode: WriteMode())
  }

  private let offers: Offers

  /// What the runtime offers beside itself.
  @LoopActor private final class Offers: OfferingSources {
    private let keeper: KubernetesCredentials

    init(_ keeper: KubernetesCredentials) { self.keeper = keeper }

    func offer<Offer>(_ type: Offer.Type, of source: String?) -> Offer? { keeper as? Offer }
  }

  /// Plans, lets `happens` happen, and runs to the verdict.
  func run(
    _ request: ActionRequest,
    _ happens: @LoopActor () async -> Void = {}
  ) async throws -> String {
    let plan = try await executor.plan(request)
    await happens()
    return verdict(await executor.run(plan) { self.events.append($0) })
  }

  /// Waits until a change has reached the server, while the rollout has its time.
  func patched() async {
    fake.set(#"{"step": 1.0}"#)
    while !fake.requests.contains(where: { $0.contains("PATCH") }) {
      await LoopActor.sleep(for: .milliseconds(20))
    }
  }

  func verdict(_ event: ActionEvent) -> String {
    guard case .ended(let verdict) = event else { return "\(event)" }
    return verdict.headline.string
  }

  /// What is kept of a rotation in the state directory, by the names of its files.
  var kept: [String] { LocalFile.names(in: state.path("switchboard/prod")).sorted() }

  /// How often the Secret was written; a dry run writes nothing.
  var writes: Int { fake.requests.count { $0.contains(#""m": "PUT""#) && !$0.contains("dryRun") } }

  /// Those lines of the preview of a rotation.
  func preview(_ label: String, value: String) async throws -> [String] {
    credentials.give(Secret(value), for: "SOUNDHOUND_API_KEY")
    let plan = try await executor.plan(RotateCredentials.request(of: ["SOUNDHOUND_API_KEY"]))
    return plan.rows.filter { $0.label == label }.map(\.text.string)
  }

  /// The value that stands in the Secret.
  func value() async throws -> String? {
    try await KubernetesSecrets(runtime).read("soundhound-credentials").value("api-key")?.reveal { $0 }
  }

  /// Rotates, goes on, or goes back.
  func rotate(
    _ id: ActionID = "credentials.rotate",
    to value: String? = nil,
    _ happens: @LoopActor () async -> Void = {}
  ) async throws -> String {
    if let value { credentials.give(Secret(value), for: "SOUNDHOUND_API_KEY") }
    let request =
      id == "credentials.rotate"
      ? RotateCredentials.request(of: ["SOUNDHOUND_API_KEY"])
      : ActionRequest(id, on: ActionTarget(.environment, name: "prod"))
    return try await run(request, happens)
  }
}
