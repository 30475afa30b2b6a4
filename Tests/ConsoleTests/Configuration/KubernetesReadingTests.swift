import DataSources
import Testing

@testable import Console

/// The keys of a runtime of kind kubernetes.
@Suite struct KubernetesReadingTests {
  private static func environment(_ runtime: String, _ more: String = "") -> String {
    "version: 1\nenvironments:\n  prod:\n    runtime: \(runtime)\(more)\n"
  }

  @Test func aContextAndANamespaceAreReadAndWritten() throws {
    let text = Self.environment(
      "{kind: kubernetes, context: eu-1, namespace: voiceai, selector: part-of=voiceai, kubeconfig: /k/config}"
    )
    let configuration = try readConfiguration(text)
    let runtime = RuntimeSettings.kubernetes(
      KubernetesSettings(
        context: "eu-1",
        namespace: "voiceai",
        selector: "part-of=voiceai",
        kubeconfig: "/k/config"
      )
    )
    #expect(configuration.settings.environments[0].runtime == runtime)
    #expect(ConfigCommand.schema().contains("runtime{kind: kubernetes}.namespace"))
  }

  @Test func aClusterIsProductionUnlessTheUserSaysOtherwise() throws {
    let cluster = "{kind: kubernetes, context: minikube, namespace: voiceai}"
    #expect(try readConfiguration(Self.environment(cluster)).settings.environments[0].isProduction)
    let told = Self.environment(cluster, "\n    production: false")
    #expect(try !readConfiguration(told).settings.environments[0].isProduction)
  }

  @Test func whatIsMissingOrWrongIsToldWhereItStands() throws {
    #expect(
      try problems(Self.environment("{kind: kubernetes, namespace: a}")).first?.contains("context") == true
    )
    #expect(
      try problems(Self.environment("{kind: kubernetes, context: a}")).first?.contains("namespace") == true
    )
    for (keys, expected) in [
      ("namespace: Voice_AI", "c.yaml:4:56: found a text, expected a namespace's name"),
      ("namespace: -A", "c.yaml:4:56: found a text, expected a namespace's name"),
      ("namespace: a, kubeconfig: ~/.kube/config", "expected an absolute path"),
      ("namespace: a, selector: --all", "expected a text that begins with no dash"),
      ("namespace: a, contxt: b", "did you mean `context`"),
    ] {
      let found = try problems(Self.environment("{kind: kubernetes, context: c, \(keys)}"))
      #expect(found.first?.contains(expected) == true, "\(found)")
    }
  }

  @Test func aProjectFileCannotLeadToACluster() throws {
    let user =
      "version: 1\nenvironments:\n  prod: {runtime: {kind: kubernetes, context: mine, namespace: a}}\n"
    let project =
      "environments:\n  prod: {runtime: {kind: kubernetes, context: theirs, namespace: a, kubeconfig: /evil}}\n"
    let configuration = try readConfiguration(user, project: project)
    #expect(
      configuration.settings.environments[0].runtime
        == .kubernetes(KubernetesSettings(context: "mine", namespace: "a"))
    )
  }
}
