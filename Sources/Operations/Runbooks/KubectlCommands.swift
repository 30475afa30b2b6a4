/// `kubectl` as runbooks use it.
struct KubectlCommands {
  private var words: CommandWords

  private static let values: Set<String> = [
    "-n", "--namespace", "--context", "-l", "--selector", "-o", "--output", "-c", "--container",
    "--kubeconfig", "--cluster", "--server", "--user",
    "--tail", "--since", "--since-time", "--replicas", "--timeout", "--from-literal", "--dry-run",
    "--from-file",
  ]

  init(_ words: CommandWords) { self.words = words }

  func read(_ stages: [[String]]) -> Recognition? {
    var recognition = recognise(stages)
    // A step acts on what the environment names, whatever the line says.
    let places = ["-n", "--namespace", "--context", "--kubeconfig", "--cluster", "--server"]
    let named = places.filter { words.value(of: $0) != nil }
    if let first = named.first, recognition?.harm == nil {
      recognition?.harm =
        "it names a place of its own (\(first)): here it is the environment's namespace and context"
    }
    return recognition
  }

  private func recognise(_ stages: [[String]]) -> Recognition? {
    var words = words
    words.skipProgram(withValue: Self.values)
    guard let verb = words.next() else { return nil }
    if verb == "logs" {
      return logs(words, stages.dropFirst())
    }
    if verb == "create" || verb == "apply" { return secret(verb, words, stages) }
    guard stages.count == 1 else { return nil }
    switch verb {
    case "rollout":
      guard let what = words.next(), let service = Self.workload(words) else { return nil }
      switch what {
      case "restart": return Recognition(.act("service.restart", targets: [service]))
      case "status": return Recognition(.gate("service.\(ComposeCommands.quoted(service)).state is ok"))
      default: return nil
      }
    case "get", "describe":
      let kinds = ["pods", "pod", "po", "deployments", "deployment", "deploy", "svc", "services", "all"]
      guard let kind = words.operands(withValue: Self.values).first, kinds.contains(kind) else { return nil }
      return Recognition(.view("services"))
    case "scale":
      guard let count = words.value(of: "--replicas"), Int(count) != nil,
        let service = Self.workload(words)
      else { return nil }
      if count == "0" { return Recognition(.act("service.stop", targets: [service])) }
      return Recognition(.act("service.scale", targets: [service], arguments: ["count": count]))
    default: return nil
    }
  }

  /// A secret made of literals and applied: the wizard's work.
  private func secret(_ verb: String, _ words: CommandWords, _ stages: [[String]]) -> Recognition? {
    guard verb == "create", words.first == "secret", words.has("generic"),
      stages.count == 1 || (stages.count == 2 && stages[1].starts(with: ["kubectl", "apply"]))
    else { return nil }
    let names = words.operands(withValue: Self.values).dropFirst(2)
    return names.first.map { name in
      Recognition(
        .act("credentials.rotate", targets: [name]),
        harm: "values on a command line are seen by every process, and `apply` keeps them in an annotation"
      )
    }
  }

  /// The logs of what is named, by itself or by the label `app=NAME`; any other selector may mean several.
  private func logs(_ words: CommandWords, _ filters: ArraySlice<[String]>) -> Recognition? {
    var selected: String?
    if let selector = words.value(of: "-l", "--selector") {
      let sides = selector.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, ["app", "app.kubernetes.io/name"].contains(sides[0]) else { return nil }
      selected = String(sides[1])
    }
    let operands = words.operands(withValue: Self.values)
    guard operands.count <= 1, let name = operands.first.map(Self.name) ?? selected else { return nil }
    return ComposeCommands.logs(words, of: [name], filters)
  }

  /// The one workload that is named, as `deployment/backend` or `deployment backend`; nil for none or several.
  private static func workload(_ words: CommandWords) -> String? {
    let operands = words.operands(withValue: values)
    let names = operands.first.map { $0.contains("/") } == true ? operands : Array(operands.dropFirst())
    return names.count == 1 ? name(names[0]) : nil
  }

  private static func name(_ operand: String) -> String {
    operand.split(separator: "/").last.map(String.init) ?? operand
  }
}
