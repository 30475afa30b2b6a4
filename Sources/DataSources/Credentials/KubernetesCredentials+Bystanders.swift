public import Facts

extension KubernetesCredentials {
  /// Everything else in the namespace that is given the same keys, whatever the selector leaves out: it is told, since no
  /// rollout of here reaches it.
  public func bystanders(of names: [String]) async throws(SourceFailure) -> [CredentialBystander] {
    guard let found = try await search(names) else { return [] }
    let selected = Set(try await items().compactMap { $0["metadata"]?["uid"]?.text })
    let all = try await items(everything: true)
    let workloads = all.compactMap(KubernetesWorkload.init)
    var told: [CredentialBystander] = []
    for item in all {
      let name = item["metadata"]?["name"]?.text ?? ""
      let uid = item["metadata"]?["uid"]?.text ?? ""
      if item["kind"]?.text == "Pod" {
        let pod = KubernetesPod(item)
        guard pod.isLive, !workloads.contains(where: { $0.owns(pod) }),
          isGiven(found, item["spec"], everyContainer: true)
        else { continue }
        told.append(Self.told(of: pod))
      } else if !selected.contains(uid), isGiven(found, item["spec"]?["template"]?["spec"]) {
        let kind = item["kind"]?.text?.lowercased() ?? "workload"
        let among = runtime.kubectl.settings.selector.map { " (\($0) leaves it out)" } ?? ""
        told.append(
          CredentialBystander(
            "\(kind)/\(name)",
            "keeps the old one until it is restarted\(among)",
            holdsOld: true
          )
        )
      }
    }
    return told.sorted { $0.name < $1.name } + (await cronJobs(found))
  }

  private nonisolated static func told(of pod: KubernetesPod) -> CredentialBystander {
    switch pod.ownerKind {
    case "":
      CredentialBystander("pod/\(pod.name)", "keeps the old one: nothing makes it anew", holdsOld: true)
    case "Job":
      CredentialBystander(
        "job/\(pod.owner)",
        "keeps the old one until its pod \(pod.name) ends",
        holdsOld: true
      )
    default:
      CredentialBystander(
        "pod/\(pod.name)",
        "of \(pod.ownerKind) \(pod.owner) keeps the old one until that makes it anew",
        holdsOld: true
      )
    }
  }

  /// They start their pods by themselves, each with what stands in the Secret then.
  private func cronJobs(_ found: Found) async -> [CredentialBystander] {
    do throws(SourceFailure) {
      let output = try await runtime.listed("cronjobs", everything: true, within: KubernetesRuntime.within)
      guard let items = await LoopActor.decodeJSON(output)?["items"]?.list else {
        throw SourceFailure(.unreadable, at: runtime.descriptor.address, detail: "kubectl printed no list")
      }
      let using = items.filter { item in
        let job = item["spec"]?["jobTemplate"]?["spec"]
        return isGiven(found, job?["template"]?["spec"], everyContainer: true)
      }
      return using.compactMap { $0["metadata"]?["name"]?.text }.sorted().map {
        CredentialBystander("cronjob/\($0)", "gets the new one when it runs next", holdsOld: false)
      }
    } catch {
      return [
        CredentialBystander("cronjobs", "that get it are not known: \(error.word)", holdsOld: false)
      ]
    }
  }

  private func isGiven(_ found: Found, _ spec: JSONValue?, everyContainer: Bool = false) -> Bool {
    guard let spec else { return false }
    return SecretUse.all(of: found.secret, in: spec, everyContainer: everyContainer)
      .contains { found.keys.values.contains($0.key) }
  }
}
