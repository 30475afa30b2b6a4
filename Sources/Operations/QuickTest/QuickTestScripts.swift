internal import DataSources
internal import Facts

/// Finds the script that a quick test runs: a UUID, a scenario's name, or `auto`.
@LoopActor struct QuickTestScripts {
  private static let path = "/api/v1/scenarios/"

  private let services: QuickTestServices

  init(_ services: QuickTestServices) {
    self.services = services
  }

  /// The script that is wanted; the API is asked first, then the reader.
  /// - Throws: why there is none.
  func find(_ wanted: String) async throws(Refusal) -> QuickTestScript {
    if UUIDText.isWhole(wanted) { return QuickTestScript(id: wanted.lowercased()) }
    let name = wanted == "auto" ? nil : wanted
    var trouble: SourceFailure?
    do throws(SourceFailure) {
      let response = try await services.api.send("GET", Self.path, body: "", deadline: .seconds(5))
      if let failure = response.failure(at: services.api.base + Self.path) { throw failure }
      let list = await LoopActor.decodeJSON(response.body)
      if let script = list.flatMap({ Self.choose(name, from: $0) }) { return script }
    } catch {
      trouble = error
    }
    do throws(SourceFailure) {
      if let script = try await services.reader.script(named: name) { return script }
    } catch {
      trouble = trouble ?? error
    }
    let what = name.map { "there is no active scenario “\($0)”" } ?? "there is no active scenario"
    guard let trouble else { throw .notPossible(SafeText(what)) }
    throw .notPossible(SafeText("scenarios can't be read: \(trouble.word) \(trouble.detail)", limit: 300))
  }

  /// The active scenario of that name; without one the first `Demo`, else the first.
  static func choose(_ name: String?, from value: JSONValue) -> QuickTestScript? {
    let list = value.list ?? value["items"]?.list ?? value["scenarios"]?.list ?? []
    let active = list.compactMap { item -> QuickTestScript? in
      guard let id = item["id"]?.text, UUIDText.isWhole(id), item["is_active"]?.flag != false else {
        return nil
      }
      return QuickTestScript(id: id, name: item["name"]?.text ?? "")
    }
    if let name {
      return active.first { $0.name == name }
        ?? active.first { $0.name.lowercased() == name.lowercased() }
    }
    return active.first { $0.name.hasPrefix("Demo") } ?? active.first
  }
}
