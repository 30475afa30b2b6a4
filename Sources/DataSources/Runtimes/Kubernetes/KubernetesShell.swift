internal import Facts

extension KubernetesRuntime {
  /// The call that opens a shell in a service, held to context and namespace as every other; nil if none of its pods runs.
  func shell(in service: ServiceReading) -> [String]? {
    guard kubectl.identity != nil else { return nil }
    let pods = workload(service)?.pods ?? others.filter { "pod/\($0.name)" == service.instance }
    return KubernetesPod.forShell(among: pods).map { pod, container in
      kubectl.words(["exec", "-it", pod, "--container", container, "--", "/bin/sh"])
    }
  }
}

extension KubernetesPod {
  /// The pod and its first container that runs: the newest that is ready, else the newest.
  static func forShell(among pods: [KubernetesPod]) -> (pod: String, container: String)? {
    let running = pods.compactMap { pod -> (pod: KubernetesPod, container: String)? in
      guard pod.isLive, !pod.isEnding else { return nil }
      return pod.containers.first { $0.runningSince != nil }.map { (pod, $0.name) }
    }
    func age(_ pod: KubernetesPod) -> (Int, Double, String) {
      (pod.isReady ? 1 : 0, pod.createdAt?.secondsSince1970 ?? 0, pod.name)
    }
    return running.max { age($0.pod) < age($1.pod) }.map { ($0.pod.name, $0.container) }
  }
}
