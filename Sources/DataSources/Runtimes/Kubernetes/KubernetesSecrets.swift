public import Facts

/// A Secret of the cluster as it was read: what its replacing is held to.
public struct ClusterSecret: Sendable {
  /// Its name.
  public let name: String
  /// What stays while it is the same one.
  public let uid: String
  /// What changes with every write.
  public let resourceVersion: String
  /// Its values; those that are no text are not there.
  private let values: [String: Secret]
  /// All its keys.
  public let keys: Set<String>
  /// When it was written last, as far as that is told; else when it was made.
  let writtenAt: WallTime

  /// The value of a key; nil if there is none, or it is no text.
  public func value(_ key: String) -> Secret? { values[key] }

  init?(_ object: JSONValue) {
    guard object["kind"]?.text == "Secret", let name = object["metadata"]?["name"]?.text,
      let uid = object["metadata"]?["uid"]?.text, !uid.isEmpty,
      let version = object["metadata"]?["resourceVersion"]?.text, !version.isEmpty
    else { return nil }
    self.name = name
    self.uid = uid
    resourceVersion = version
    let metadata = object["metadata"]
    let written = (metadata?["managedFields"]?.list ?? []).compactMap { $0["time"]?.text }
    let times = (written + [metadata?["creationTimestamp"]?.text].compactMap { $0 })
      .compactMap { WallTime(zonedTimestamp: $0) }
    writtenAt = times.max() ?? WallTime(secondsSince1970: 0)
    let data = KubernetesList.texts(object["data"])
    keys = Set(data.keys)
    values = data.compactMapValues { text in
      Base64.decoded(text).flatMap { String(validating: $0, as: UTF8.self) }.map(Secret.init)
    }
  }
}

/// Replaces values of the cluster's Secrets, by the kubectl of its runtime.
///
/// A value goes over kubectl's standard input and nowhere else: it is in no argument, variable, file or log.
@LoopActor public final class KubernetesSecrets {
  private nonisolated static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
  private let kubectl: Kubectl

  init(_ runtime: KubernetesRuntime) { kubectl = runtime.kubectl }

  /// A Secret as it is now.
  /// - Throws: `forbidden` with the right that is missing, `notFound`, and what else a read may fail by.
  public func read(_ name: String) async throws(SourceFailure) -> ClusterSecret {
    try await kubectl.pin()
    return try await object(name).1
  }

  /// Puts new values in the place of those of some keys; every other key stays as it is, byte for byte.
  ///
  /// The whole is sent with the version that it was read at, so that the API refuses it if somebody was faster. The
  /// annotation in which `kubectl apply` keeps a copy of the values is taken away.
  /// - Returns: the Secret, read anew, with the new values in it.
  /// - Throws: `rejected` if it was changed since it was read or can't be changed, `notFound` for a key that it doesn't
  ///   have; `timedOut` and `unreadable` leave the outcome unknown.
  public func replace(
    _ values: [String: Secret],
    of secret: ClusterSecret
  ) async throws(SourceFailure) -> ClusterSecret {
    _ = try await send(values, of: secret)
    let written = try await self.object(secret.name).1
    guard written.uid == secret.uid,
      values.allSatisfy({ key, value in written.value(key).map { $0.matches(value) } ?? false })
    else {
      throw failure(
        .rejected,
        "the Secret \(secret.name) doesn't hold the new values: somebody changed it again"
      )
    }
    return written
  }

  /// Has the server say whether it would take that, by `--dry-run=server`: rights, admission and the version are
  /// looked at, and nothing is written.
  /// - Returns: what it said.
  /// - Throws: it would not, or can't be asked; of `replace`.
  public func tryReplacing(
    _ values: [String: Secret],
    of secret: ClusterSecret
  ) async throws(SourceFailure) -> String {
    let said = try await send(values, of: secret, options: ["--dry-run=server"])
    return String(decoding: said, as: UTF8.self).split(separator: "\n").joined(separator: ", ")
  }

  /// Sends the whole with the new values; what kubectl printed.
  private func send(
    _ values: [String: Secret],
    of secret: ClusterSecret,
    options: [String] = []
  ) async throws(SourceFailure) -> [UInt8] {
    try await kubectl.pin()
    let (object, now) = try await object(secret.name)
    guard now.uid == secret.uid, now.resourceVersion == secret.resourceVersion else {
      throw failure(
        .rejected,
        "the Secret \(secret.name) was changed underneath; nothing was done: read it anew"
      )
    }
    guard object["immutable"]?.flag != true else {
      throw failure(
        .rejected,
        "the Secret \(secret.name) is immutable: make another one and let the pods name that"
      )
    }
    if let missing = values.keys.sorted().first(where: { !now.keys.contains($0) }) {
      throw failure(.notFound, "the Secret \(secret.name) has no key \(missing)")
    }
    let body = Array(Self.replaced(object, values).utf8)
    guard body.count <= Kubectl.mostInput else {
      throw failure(.tooLarge, "the Secret \(secret.name) is larger than \(Kubectl.mostInput >> 10) KiB")
    }
    let words =
      ["replace", "-f", "-", "--validate=false", "-o", "name", Kubectl.timeout(KubernetesRuntime.within)]
      + options
    do throws(SourceFailure) {
      return try await kubectl.run(kubectl.words(words), input: body, within: KubernetesRuntime.within)
    } catch {
      var failure = error.ofWrite
      failure.detail = Self.struckOut(error.detail, values)
      throw failure
    }
  }

  private func object(_ name: String) async throws(SourceFailure) -> (JSONValue, ClusterSecret) {
    guard !name.isEmpty, !name.hasPrefix("-"), !name.contains("/") else {
      throw failure(.misconfigured, "\(name) is no name of a Secret")
    }
    let within = KubernetesRuntime.within
    let words = ["get", "secret", name, "-o", "json", Kubectl.timeout(within)]
    let output = try await kubectl.run(kubectl.words(words), within: within)
    guard let object = await LoopActor.decodeJSON(output), let secret = ClusterSecret(object) else {
      throw failure(.unreadable, "the Secret \(name) can't be read")
    }
    return (object, secret)
  }

  /// The object with other values, as the API takes it.
  static func replaced(_ object: JSONValue, _ values: [String: Secret]) -> String {
    guard case .object(var members) = object else { return "" }
    if case .object(var data) = members["data"] {
      for (key, value) in values { data[key] = .text(value.reveal { Base64.encoded(Array($0.utf8)) }) }
      members["data"] = .object(data)
    }
    if case .object(var metadata) = members["metadata"], case .object(var notes) = metadata["annotations"] {
      notes[lastApplied] = nil
      metadata["annotations"] = .object(notes)
      members["metadata"] = .object(metadata)
    }
    return JSONValue.object(members).json
  }

  private static func struckOut(_ text: String, _ values: [String: Secret]) -> String {
    values.reduce(text) { text, entry in
      entry.value.reveal { value in
        guard !value.isEmpty else { return text }
        return text.replacing(value, with: "‹\(entry.key)›")
          .replacing(Base64.encoded(Array(value.utf8)), with: "‹\(entry.key)›")
      }
    }
  }

  private func failure(_ code: SourceFailure.Code, _ detail: String) -> SourceFailure {
    SourceFailure(code, at: kubectl.address, detail: detail)
  }
}
