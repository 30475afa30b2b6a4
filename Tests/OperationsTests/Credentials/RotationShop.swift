import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// An environment whose two services are started anew with what stands in the file.
@LoopActor final class RotationShop {
  nonisolated static let canary = "N3wCanary-42"

  let bench = Bench()
  let compose: ScriptedCompose
  let keeper: ScriptedKeeper
  let state: TemporaryDirectory
  let book: RotationBook
  var settings = CredentialSettings(name: "shop", variables: ["API_KEY"], isTested: false)

  init() throws {
    state = try TemporaryDirectory()
    book = RotationBook(
      directory: StateDirectory(root: state.root, environment: "dev"),
      author: AuditAuthor(user: "anna", host: "box", process: 1)
    )
    let compose = ScriptedCompose(
      bench.runtime,
      ComposeService(name: "postgres"),
      ComposeService(name: "backend")
    )
    let keeper = ScriptedKeeper(compose)
    (self.compose, self.keeper) = (compose, keeper)
    bench.runtime.tells = { _ in
      .success(
        ["postgres", "backend"].map { name in
          let count = compose.ran.count { $0.hasSuffix(" \(name)") }
          return .sample(name, id: "\(name)\(count)", life: "\(count)")
        }
      )
    }
    compose.onRun = { shown in
      for name in ["postgres", "backend"] where shown.hasSuffix(" \(name)") {
        keeper.started[name] = keeper.value
      }
    }
    bench.offers = keeper
  }

  private func services() -> CredentialServices {
    let services = CredentialServices([settings], book: book)
    bench.credentials = services
    return services
  }

  func run(_ id: ActionID, value: String? = nil, _ arguments: [String: String] = [:]) async throws -> String {
    let services = services()
    if let value { services.give(Secret(value), for: "API_KEY") }
    let executor = bench.executor()
    let kind: TargetKind = id == "credentials.rotate" ? .service : .environment
    let target = ActionTarget(kind, name: kind == .service ? "backend" : "dev")
    let plan = try await executor.plan(ActionRequest(id, on: target, arguments: arguments))
    let told = "\(plan.rows)\(plan.exact)\(plan.title)\(plan.proof)\(plan.dryRun)"
    #expect(!told.contains(RotationShop.canary), "\(told)")
    return bench.verdict(await executor.run(plan) { self.bench.events.append($0) })
  }

  func refusal(_ id: ActionID, value: String? = nil) async -> String {
    do {
      return try await run(id, value: value)
    } catch {
      return (error as? Refusal)?.sentence.string ?? "\(error)"
    }
  }

  /// The files of the state directory and what is in them.
  func files() -> [String: String] {
    let directory = state.path("switchboard/dev")
    var files: [String: String] = [:]
    for name in LocalFile.names(in: directory) {
      guard let file = try? LocalFile.read("\(directory)/\(name)") else { continue }
      #expect(!file.isOpenToOthers)
      files[name] = String(decoding: file.bytes, as: UTF8.self)
    }
    return files
  }

  /// Nothing that is kept, recorded or told holds the new value.
  func expectNoCanary() {
    let told = "\(files())\(bench.audit.records)\(bench.events)"
    #expect(!told.contains(RotationShop.canary), "\(told)")
  }
}
