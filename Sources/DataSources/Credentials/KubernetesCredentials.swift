public import Facts

/// The credentials of a namespace: keys of one of its Secrets, which containers get as variables and as files.
///
/// Written by ``KubernetesSecrets``, over standard input and held to the version that was read. With which values a pod was
/// started is asked in its containers, by `kubectl exec`: `printenv` tells what the kubelet filled in as it made them,
/// `cat` what stands in a file now.
@LoopActor public final class KubernetesCredentials: CredentialKeeper {
  /// A rollout: pods keep what they were made with.
  public let renewal = "service.restart"
  /// Secrets are looked through.
  public let nowhere: String

  let runtime: KubernetesRuntime
  private let secrets: KubernetesSecrets

  /// Keeps those of a namespace.
  init(_ runtime: KubernetesRuntime) {
    self.runtime = runtime
    secrets = KubernetesSecrets(runtime)
    nowhere = "no Secret that a workload of \(runtime.kubectl.settings.namespace) names"
  }

  /// A workload with its pods' specification.
  private struct Part {
    var service: String
    var spec: JSONValue
  }

  /// Where variables stand, and by which keys.
  struct Found {
    var secret: ClusterSecret
    var keys: [String: String]
    var carriers: [CredentialPlace.Carrier]
  }

  // MARK: where they stand

  /// Looks from which Secret the containers of workloads get them, and who gets the same keys of it, by whatever name.
  public func find(_ names: [String]) async throws(SourceFailure) -> CredentialPlace? {
    try await search(names).map { found in
      let names = names.filter { found.keys[$0] != nil }
      return CredentialPlace(
        files: [.init(Self.path(found.secret.name), names: names)],
        names: names,
        carriers: found.carriers,
        changedAt: found.secret.writtenAt
      )
    }
  }

  func search(_ names: [String]) async throws(SourceFailure) -> Found? {
    let parts = try await items().compactMap(Self.part)
    var found: [Found] = []
    for secret in try await read(giving: Set(names), parts.map(\.spec)) {
      let uses = parts.map { (service: $0.service, uses: SecretUse.all(of: secret, in: $0.spec)) }
      var keys: [String: Set<String>] = [:]
      for use in uses.flatMap(\.uses) where names.contains(use.name) {
        keys[use.name, default: []].insert(use.key)
      }
      guard !keys.isEmpty else { continue }
      if let (name, several) = keys.first(where: { $1.count > 1 }) {
        let list = several.sorted().joined(separator: " and ")
        throw failure("\(name) is \(list) of the Secret \(secret.name): one rotation changes one key")
      }
      let single = keys.compactMapValues(\.first)
      guard Set(single.values).count == single.count else {
        let list = single.keys.sorted().joined(separator: ", ")
        throw failure(
          "several of \(list) are one key of the Secret \(secret.name): rotate them under one name"
        )
      }
      let carriers = uses.compactMap { service, uses -> CredentialPlace.Carrier? in
        let own = Set(uses.filter { single.values.contains($0.key) }.map(\.name))
        return own.isEmpty ? nil : CredentialPlace.Carrier(service, variables: own.sorted())
      }
      found.append(Found(secret: secret, keys: single, carriers: carriers))
    }
    guard found.count <= 1 else {
      let list = found.map { "\($0.keys.keys.sorted().joined(separator: ", ")) in \($0.secret.name)" }
      throw failure(
        "they stand in several Secrets (\(list.joined(separator: "; "))): one rotation changes one Secret"
      )
    }
    return found.first
  }

  /// The Secrets that may give one of these; one that isn't there gives none.
  private func read(
    giving names: Set<String>,
    _ specs: [JSONValue]
  ) async throws(SourceFailure) -> [ClusterSecret] {
    let mentioned = specs.reduce(into: Set<String>()) {
      $0.formUnion(SecretUse.secrets(giving: names, in: $1))
    }
    var read: [ClusterSecret] = []
    for name in mentioned.sorted() {
      do throws(SourceFailure) {
        read.append(try await secrets.read(name))
      } catch  where error.code == .notFound {
        continue
      }
    }
    return read
  }

  /// What the list tells, as it came; with `everything` of what the selector leaves out, too.
  func items(everything: Bool = false) async throws(SourceFailure) -> [JSONValue] {
    try await runtime.kubectl.pin()
    let output = try await runtime.listed(everything: everything, within: KubernetesRuntime.within)
    guard let items = await LoopActor.decodeJSON(output)?["items"]?.list else {
      throw SourceFailure(.unreadable, at: runtime.descriptor.address, detail: "kubectl printed no list")
    }
    return items
  }

  /// Of pods none: those of a workload are its affair, and the others no rollout makes anew.
  private nonisolated static func part(_ item: JSONValue) -> Part? {
    item["spec"]?["template"]?["spec"].map {
      Part(service: item["metadata"]?["name"]?.text ?? "", spec: $0)
    }
  }

  // MARK: changing them

  /// Drafts the write, once it is known that what containers hold may be asked afterwards.
  public func draft(
    _ values: [String: Secret],
    at place: CredentialPlace
  ) async throws(SourceFailure) -> CredentialChange {
    guard let found = try await search(place.names), Self.path(found.secret.name) == place.path else {
      throw failure("\(place.path) gives them no more: it was changed meanwhile")
    }
    var changed: [String: Secret] = [:]
    for name in place.names {
      guard let value = values[name], let key = found.keys[name] else { continue }
      if let reason = CredentialValue.reason(against: value) {
        throw failure("the new value of \(name) \(reason)")
      }
      if let old = found.secret.value(key), old.matches(value) {
        throw failure(
          "the new value of \(name) is the old one: get a new one from the provider, or leave \(name) out"
        )
      }
      changed[key] = value
    }
    try await expectNoStrangers(found)
    let copy = try SecretCopy(of: found.secret, found.keys, at: runtime.descriptor.address)
    let tried = try await tried(changed, found.secret)
    for carrier in found.carriers {
      // Whom nobody can ask would end no way of it; what doesn't run holds nothing that could be asked.
      do throws(SourceFailure) {
        _ = try await held(carrier, pods: try await pods(of: carrier.service))
      } catch {
        let why = error.detail.isEmpty ? error.word : error.detail
        throw SourceFailure(
          error.code,
          at: error.address,
          detail: "what \(carrier.service) holds can't be asked: \(why)"
        )
      }
    }
    return change(of: found.secret, to: changed, before: copy, tried: tried)
  }

  /// What the server says to the write before it is made.
  /// - Throws: that it would not take it.
  private func tried(
    _ values: [String: Secret],
    _ secret: ClusterSecret
  ) async throws(SourceFailure) -> String {
    do throws(SourceFailure) {
      let said = try await secrets.tryReplacing(values, of: secret)
      return "the server would take it (kubectl replace --dry-run=server: \(said))"
    } catch {
      let why = error.detail.isEmpty ? error.word : error.detail
      // A webhook that can't be asked in a dry run may well let the write pass.
      let isUnasked = error.detail.contains("does not support dry run")
      switch error.code {
      case .rejected, .forbidden, .unauthorized, .notFound, .tooLarge, .misconfigured:
        guard isUnasked else { throw error }
      default: break
      }
      return "whether the server would take it is not known: kubectl replace --dry-run=server: \(why)"
    }
  }

  /// A pod that is none of a known workload's would keep the old value, and nobody would look.
  /// - Throws: there is one that gets it.
  private func expectNoStrangers(_ found: Found) async throws(SourceFailure) {
    let items = try await items()
    let workloads = items.compactMap(KubernetesWorkload.init)
    for item in items where item["kind"]?.text == "Pod" {
      let pod = KubernetesPod(item)
      // Those of a job end by themselves; those of nobody are told.
      guard pod.isLive, !pod.ownerKind.isEmpty, pod.ownerKind != "Job", let spec = item["spec"],
        !workloads.contains(where: { $0.owns(pod) }),
        let use = SecretUse.all(of: found.secret, in: spec).first(where: { use in
          found.keys.values.contains(use.key)
        })
      else { continue }
      throw failure(
        "pod \(pod.name) of a \(pod.ownerKind) is given \(use.name), too, and can't be started anew from here: "
          + "rotate by hand"
      )
    }
  }

  /// Drafts that the old values are written again.
  public func restore(_ names: [String], from old: [KeptFile]) async throws(SourceFailure) -> CredentialChange
  {
    let (copy, now) = try await standing(old)
    let values = copy.values.filter { names.contains($0.key) }
    let changed = Dictionary(values.map { ($1.key, $1.value) }) { first, _ in first }
    let keys = values.mapValues(\.key)
    let before = try SecretCopy(of: now, keys, at: runtime.descriptor.address)
    return change(of: now, to: changed, before: before, tried: "")
  }

  /// Compares the Secret with what it held.
  public func standing(
    of names: [String],
    since old: [KeptFile]
  ) async throws(SourceFailure) -> CredentialStanding {
    let (copy, now) = try await standing(old)
    let changed = names.filter { name in
      copy.values[name].map { entry in now.value(entry.key).map { !$0.matches(entry.value) } ?? true }
        ?? false
    }
    // A key that was taken away is another value than before, and no new one.
    let left = names.filter { name in
      !changed.contains(name) || copy.values[name].flatMap { now.value($0.key) } == nil
    }
    return CredentialStanding(changed: changed, left: left)
  }

  /// Reads the Secrets anew, as the kubelet will: they must have every key that is given to a container.
  public func readBack(for carriers: [CredentialPlace.Carrier]) async throws(SourceFailure) {
    let parts = try await items().compactMap(Self.part)
    let given = try await read(giving: Set(carriers.flatMap(\.variables)), parts.map(\.spec))
    for carrier in carriers {
      let specs = parts.filter { $0.service == carrier.service }.map(\.spec)
      let uses = given.flatMap { secret in
        specs.flatMap { SecretUse.all(of: secret, in: $0) }.filter { secret.value($0.key) != nil }
      }
      let missing = Set(carrier.variables).subtracting(uses.map(\.name))
      guard missing.isEmpty else {
        throw failure("\(carrier.service) is not given \(missing.sorted().joined(separator: ", ")) any more")
      }
    }
  }

  /// The copy that is kept, and the Secret that it is of.
  private func standing(_ old: [KeptFile]) async throws(SourceFailure) -> (SecretCopy, ClusterSecret) {
    guard old.count == 1, let copy = SecretCopy(parsing: old[0].bytes), Self.path(copy.name) == old[0].path
    else {
      throw failure("the kept copy of \(old.map(\.path).joined(separator: ", ")) can't be read")
    }
    let now = try await secrets.read(copy.name)
    guard now.uid == copy.uid else {
      throw failure("\(old[0].path) was deleted and made anew meanwhile: what is kept is of another one")
    }
    return (copy, now)
  }

  private func change(
    of secret: ClusterSecret,
    to values: [String: Secret],
    before: SecretCopy,
    tried: String
  ) -> CredentialChange {
    let old = Dictionary(before.values.values.map { ($0.key, $0.value) }) { first, _ in first }
      .filter { values[$0.key] != nil }
    let edit = Edit(secrets, at: runtime.descriptor.address)
    return CredentialChange(
      before: [KeptFile(Self.path(secret.name), before.bytes)],
      tried: tried,
      make: { await edit.write(values, over: secret) },
      takeBack: { await edit.takeBack(old) }
    )
  }

  /// A write, and what it left: only over that it may be taken back.
  @LoopActor private final class Edit {
    private let secrets: KubernetesSecrets
    private let address: String
    private var written: ClusterSecret?

    init(_ secrets: KubernetesSecrets, at address: String) {
      self.secrets = secrets
      self.address = address
    }

    func write(_ values: [String: Secret], over secret: ClusterSecret) async -> Result<Void, SourceFailure> {
      do throws(SourceFailure) {
        written = try await secrets.replace(values, of: secret)
        return .success(())
      } catch {
        return .failure(error)
      }
    }

    func takeBack(_ old: [String: Secret]) async -> Result<Void, SourceFailure> {
      // Over what nobody saw written nothing may be written.
      guard let written else {
        return .failure(SourceFailure(.timedOut, at: address, detail: "what was written is not known"))
      }
      return await write(old, over: written)
    }
  }

  // MARK: what containers hold

  /// Asks in every container of every pod; one that doesn't run, or can't be asked, leaves it unknown.
  public func differing(
    _ carrier: CredentialPlace.Carrier,
    in container: ServiceReading
  ) async -> [String]? {
    do throws(SourceFailure) {
      return try await held(carrier, pods: try await pods(of: container.name))
    } catch {
      return nil
    }
  }

  private func pods(of service: String) async throws(SourceFailure) -> [JSONValue] {
    let items = try await items()
    let pods = items.filter { $0["kind"]?.text == "Pod" }.map { (item: $0, pod: KubernetesPod($0)) }
    let owner = items.compactMap(KubernetesWorkload.init).first { $0.name == service }
    return pods.filter { entry in
      entry.pod.isLive && (owner.map { $0.owns(entry.pod) } ?? (entry.pod.name == service))
    }.map(\.item)
  }

  /// The names of a carrier that have another value in one of the pods than the Secret has; nil if that isn't known.
  private func held(
    _ carrier: CredentialPlace.Carrier,
    pods: [JSONValue]
  ) async throws(SourceFailure) -> [String]? {
    let names = Set(carrier.variables)
    guard !pods.isEmpty else { return nil }
    let given = try await read(giving: names, pods.compactMap { $0["spec"] })
    var others: Set<String> = []
    for item in pods {
      let pod = KubernetesPod(item)
      guard let spec = item["spec"], !pod.isEnding else { return nil }
      var told: Set<String> = []
      for secret in given {
        for use in SecretUse.all(of: secret, in: spec) where names.contains(use.name) {
          let since = (pod.containers + pod.initContainers).first { $0.name == use.container }?.runningSince
          guard let since, let wanted = secret.value(use.key)?.reveal({ Fingerprint($0) }) else { return nil }
          guard let value = try await value(of: use, in: pod.name) else { return nil }
          // The kubelet writes a file anew under a process that has read the old one.
          let isLate = use.isFile && since < secret.writtenAt
          if Fingerprint(value) != wanted || isLate { others.insert(use.name) }
          told.insert(use.name)
        }
      }
      guard told == names else { return nil }
    }
    return others.sorted()
  }

  /// What a container holds; nil if it is no text.
  private func value(of use: SecretUse, in pod: String) async throws(SourceFailure) -> String? {
    let command = use.isFile ? ["cat", use.name] : ["printenv", use.name]
    let words = ["exec", pod, "--container", use.container, Kubectl.timeout(KubernetesRuntime.within), "--"]
    let output = try await runtime.kubectl.run(
      runtime.kubectl.words(words + command),
      within: KubernetesRuntime.within
    )
    guard let text = String(validating: output, as: UTF8.self) else { return nil }
    if use.isFile { return text }
    // By bytes: a carriage return before it makes one character of both.
    return output.last == 0x0A ? String(validating: output.dropLast(), as: UTF8.self) : nil
  }

  private nonisolated static func path(_ secret: String) -> String { "secret/\(secret)" }

  private func failure(_ detail: String) -> SourceFailure {
    SourceFailure(.rejected, at: runtime.descriptor.address, detail: detail)
  }
}
