/// Which workloads of which cluster are an environment's services.
public struct KubernetesSettings: Sendable, Equatable {
  /// The context of the kubeconfig; never the current one of whoever works at the machine.
  public var context: String
  /// The namespace.
  public var namespace: String
  /// The labels that workloads and their pods must have, `part-of=voiceai,tier!=batch`; nil: all of the namespace.
  public var selector: String?
  /// The kubeconfig's absolute path; nil: where kubectl looks by itself (`KUBECONFIG`, `~/.kube/config`).
  public var kubeconfig: String?

  /// Names a namespace of a context.
  public init(context: String, namespace: String, selector: String? = nil, kubeconfig: String? = nil) {
    self.context = context
    self.namespace = namespace
    self.selector = selector
    self.kubeconfig = kubeconfig
  }
}
