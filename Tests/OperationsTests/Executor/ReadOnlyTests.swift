import DataSources
import Facts
import Operations
import Testing

/// Every action of the catalogue where nothing may be changed: one that is added is among them by itself.
@Suite struct ReadOnlyTests {
  init() { EventLoop.runOnOwnThread() }

  /// Notes whatever an act would reach a server by.
  @LoopActor private final class Ears: OfferingSources {
    private(set) var asked: [String] = []

    func offer<Offer>(_ type: Offer.Type, of source: String?) -> Offer? {
      asked.append("\(type)")
      return nil
    }
  }

  private static let catalog = ActionCatalog.standard.with([OwnActionSettings(name: "mine")])
  private static let restrictions: [WriteMode.Restriction] = [.production, .forced(why: "--read-only")]

  private func plan(_ action: ActionDescriptor, _ danger: DangerClass) -> Plan {
    let target = ActionTarget(action.targets.first ?? .environment, name: "postgres")
    return Plan(
      environment: "dev",
      request: ActionRequest(action.id, on: target),
      askedAt: WallTime(secondsSince1970: 1_700_000_000),
      steps: [PlanStep(target: target, details: PlanDetails(0))],
      danger: danger,
      title: "DO IT",
      rows: [],
      exact: "",
      proof: "",
      dryRun: []
    )
  }

  @Test @LoopActor func noActOfTheCatalogueReachesAServerALockOrAColleague() async {
    #expect(Self.catalog.all.count > 30)
    for action in Self.catalog.all where action.danger != .always(.look) {
      for restriction in Self.restrictions {
        for danger in DangerClass.allCases where danger != .look {
          let (bench, ears) = (Bench(), Ears())
          (bench.catalog, bench.offers) = (Self.catalog, ears)
          let refused = await bench.executor(restriction).run(plan(action, danger)) { _ in }
          guard case .refused(.readOnly) = refused else {
            Issue.record("\(action.id) in \(restriction) came to \(refused)")
            continue
          }
          #expect(bench.audit.lines == ["refused"], "\(action.id)")
          #expect(bench.locks.taken == [] && ears.asked == [], "\(action.id)")
          #expect(bench.runtime.performed == [] && bench.runtime.refreshed == [], "\(action.id)")
        }
      }
    }
  }

  /// What only looks runs in read-only, too: whoever adds one says here that it changes nothing on any server.
  @Test func onlyTheseAreSaidToLook() {
    let looking = Self.catalog.all.filter { $0.danger == .always(.look) }.map(\.id.name)
    // A note is the console's own: where nothing may be changed no other host is told of it.
    #expect(
      Set(looking) == ["service.logs", "queue.count", "query.list", "run.acknowledge", "run.compare", "note"]
    )
  }

  /// A class that a configuration tells makes no act a look.
  @Test @LoopActor func noClassOfAConfigurationMakesAnActALook() async throws {
    for number in [-1, 0, 1] {
      var mine = OwnActionSettings(name: "mine")
      mine.run = ["/bin/true"]
      mine.dangerClass = number
      let bench = Bench()
      bench.catalog = ActionCatalog.standard.with([mine])
      let request = ActionRequest("own.mine", on: ActionTarget(.environment, name: "dev"))
      #expect(try await bench.executor().plan(request).danger == .mild)
    }
    let world = World()
    let profile = ServiceProfile(name: "postgres", dangerClass: 0)
    let bench = Bench()
    let services = ActionServices(
      environment: "dev",
      profiles: [profile],
      runtime: bench.runtime,
      prober: bench.runtime,
      world: { world },
      clock: bench.clock
    )
    let executor = Executor(
      services: services,
      audit: bench.audit,
      locks: bench.locks,
      mode: WriteMode(.production)
    )
    for action in ActionCatalog.standard.all where action.danger == .ofService {
      let request = ActionRequest(action.id, on: ActionTarget(.service, name: "postgres"))
      guard let plan = try? await executor.plan(request) else { continue }
      #expect(plan.danger > .look, "\(action.id)")
    }
  }
}
