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
    let data = KubernetesList.texts(object["data"])
    keys = Set(data.keys)
    values = data.compactMapValues { text in
      Base64.decoded(text).flatMap { String(validating: $0, as: UTF8.self) }.map(Secret.init)
    }
  }
}

/// One place where a container is given a Secret.
public struct SecretUse: Sendable, Hashable {
  /// How it is given.
  public enum Way: Sendable, Hashable {
    /// As a variable, from one key.
    case variable(String, key: String)
    /// Every key as a variable.
    case allVariables
    /// As files.
    case files
  }

  /// What is known of the value that the container has.
  public enum Standing: Sendable, Hashable {
    /// Its pod was made after the Secret was replaced, and it runs: the kubelet filled its variables in from the Secret
    /// as the API had it then. It is not said that the program uses it: a call of its own proves that.
    case new
    /// Its pod was there before: its variables are those of then.
    case old
    /// The kubelet swaps its files within a minute or two; whether the program reads them again isn't known.
    case files
    /// It doesn't run, so it has no value.
    case notRunning
  }

  /// The pod.
  public var pod: String
  /// The pod's uid.
  public var podUID: String
  /// The container.
  public var container: String
  /// How it is given.
  public var way: Way
  /// Whether the container runs.
  public var isRunning: Bool

  /// What is known of its value after a replacing, by the uids of the pods that were there before it.
  public func standing(before: Set<String>) -> Standing {
    guard isRunning else { return .notRunning }
    if way == .files { return .files }
    return before.contains(podUID) ? .old : .new
  }

  /// All uses of a Secret in a pod.
  static func all(of secret: String, in pod: JSONValue) -> [SecretUse] {
    let told = KubernetesPod(pod)
    let spec = pod["spec"]
    let volumes = (spec?["volumes"]?.list ?? []).filter { volume in
      volume["secret"]?["secretName"]?.text == secret
        || volume["projected"]?["sources"]?.list?.contains { $0["secret"]?["name"]?.text == secret } == true
    }
    let mounted = Set(volumes.compactMap { $0["name"]?.text })
    return (spec?["containers"]?.list ?? []).flatMap { container -> [SecretUse] in
      let name = container["name"]?.text ?? ""
      let isRunning = told.containers.contains { $0.name == name && $0.runningSince != nil } && !told.isEnding
      var ways: [Way] = (container["env"]?.list ?? []).compactMap { variable in
        let reference = variable["valueFrom"]?["secretKeyRef"]
        guard reference?["name"]?.text == secret, let key = reference?["key"]?.text,
          let name = variable["name"]?.text
        else { return nil }
        return .variable(name, key: key)
      }
      if container["envFrom"]?.list?.contains(where: { $0["secretRef"]?["name"]?.text == secret }) == true {
        ways.append(.allVariables)
      }
      if container["volumeMounts"]?.list?.contains(where: { mounted.contains($0["name"]?.text ?? "") })
        == true
      {
        ways.append(.files)
      }
      return ways.map {
        SecretUse(pod: told.name, podUID: told.uid, container: name, way: $0, isRunning: isRunning)
      }
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
  ///   have; `timedOut` leaves the outcome unknown.
  public func replace(
    _ values: [String: Secret],
    of secret: ClusterSecret
  ) async throws(SourceFailure) -> ClusterSecret {
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
    let words = [
      "replace", "-f", "-", "--validate=false", "-o", "name", Kubectl.timeout(KubernetesRuntime.within),
    ]
    do throws(SourceFailure) {
      _ = try await kubectl.run(kubectl.words(words), input: body, within: KubernetesRuntime.within)
    } catch {
      var failure = error
      failure.detail = Self.struckOut(error.detail, values)
      throw failure
    }
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

  /// Where containers are given a Secret now.
  ///
  /// Read from what the pods say of themselves: no shell and no `printenv` runs in them.
  public func uses(of secret: String) async throws(SourceFailure) -> [SecretUse] {
    try await kubectl.pin()
    let within = KubernetesRuntime.within
    let output = try await kubectl.run(
      kubectl.words(["get", "pods", "-o", "json", Kubectl.timeout(within)]),
      within: within
    )
    guard let items = await LoopActor.decodeJSON(output)?["items"]?.list else {
      throw failure(.unreadable, "kubectl printed no list of pods")
    }
    return items.flatMap { SecretUse.all(of: secret, in: $0) }
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
