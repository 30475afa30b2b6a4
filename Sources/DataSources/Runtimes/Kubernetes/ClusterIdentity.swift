/// Where a context leads, as the kubeconfig has it: what must not change between a plan and its act.
struct ClusterIdentity: Sendable, Hashable, CustomStringConvertible {
  /// The cluster's name in the kubeconfig.
  var cluster: String
  /// The address of its API server.
  var server: String
  /// The user's name in the kubeconfig; empty: nobody.
  var user: String

  /// `https://10.0.0.1:6443 (prod-cluster) as jane`.
  var description: String {
    "\(redacted(server)) (\(cluster)) as \(user.isEmpty ? "nobody" : user)"
  }

  /// Reads what `kubectl config view --minify -o json` prints, which names secrets only as left out; nil if it tells no
  /// server.
  init?(_ value: JSONValue, context: String) {
    func entry(_ list: String, _ name: String?, _ member: String) -> JSONValue? {
      value[list]?.list?.first { name != nil && $0["name"]?.text == name }?[member]
    }
    let own = entry("contexts", context, "context")
    guard let cluster = own?["cluster"]?.text,
      let server = entry("clusters", cluster, "cluster")?["server"]?.text, !server.isEmpty
    else { return nil }
    self.cluster = cluster
    self.server = server
    user = own?["user"]?.text ?? ""
  }

  /// The options that hold kubectl to it, whatever the kubeconfig says by the time it reads it.
  var options: [String] {
    ["--cluster", cluster, "--server", server] + (user.isEmpty ? [] : ["--user", user])
  }
}
