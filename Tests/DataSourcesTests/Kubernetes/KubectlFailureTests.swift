import Facts
import Testing

@testable import DataSources

/// What kubectl 1.20 and 1.33 say when they fail, and what that is told as.
@Suite struct KubectlFailureTests {
  private static func failure(_ stderr: String) -> SourceFailure {
    KubectlFailure(ChildResult(ending: .status(1), stderr: Array(stderr.utf8)))
      .failure(at: "prod/voiceai") { (["kubectl", "auth", "can-i"] + $0).joined(separator: " ") }
  }

  @Test(arguments: [
    ("error: You must be logged in to the server (Unauthorized)", SourceFailure.Code.unauthorized),
    (
      "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
      .refused
    ),
    ("Unable to connect to the server: context deadline exceeded", .timedOut),
    ("Unable to connect to the server: net/http: TLS handshake timeout: i/o timeout", .timedOut),
    (
      "Unable to connect to the server: dial tcp: lookup nohost.invalid on 1.1.1.1:53: no such host",
      .unresolved
    ),
    ("Unable to connect to the server: x509: certificate signed by unknown authority", .insecure),
    ("Error from server (Conflict): Operation cannot be fulfilled on deployments \"backend\"", .rejected),
    ("Error from server (NotFound): deployments.apps \"backend\" not found", .notFound),
    ("Error from server (TooManyRequests): too many", .rateLimited(retryAfter: nil)),
    ("Error from server (InternalError): etcd", .status(500)),
    ("Error from server (ServiceUnavailable): the server is currently unable", .status(503)),
    ("Error from server (Expired): too old resource version: 1 (2)", .status(410)),
    ("error: context \"nope\" does not exist", .misconfigured),
    ("error: cannot locate context nope", .misconfigured),
    ("error: unexpected end of JSON input", .unreadable),
    ("error: something new", .rejected),
    ("", .rejected),
  ])
  func wordsAreSorted(words: String, code: SourceFailure.Code) {
    #expect(Self.failure(words).code == code)
  }

  @Test func theMissingRightsAreNamed() {
    let failure = Self.failure(
      """
      Error from server (Forbidden): deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" in the namespace "voiceai"
      Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "voiceai"
      """
    )
    #expect(failure.word == "403: may not list deployments.apps, list pods")
    #expect(
      failure.detail.hasSuffix("kubectl auth can-i list deployments.apps; kubectl auth can-i list pods")
    )
  }

  @Test func logLinesAreNoAnswer() {
    let failure = Self.failure(
      """
      E1128 05:04:08.320704   17636 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list"
      The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?
      """
    )
    #expect(failure.code == .refused)
    #expect(!failure.detail.contains("memcache"))
  }

  @Test func linesWithoutATimeStayWhereTheyWere() {
    let lines = PodLogLine.lines(
      of: Array(
        """
        [pod/a/c] 2026-11-28T05:00:02.5Z second
          at trace
        [pod/b/c] 2026-11-28T05:00:01Z first
        """.utf8
      )
    )
    #expect(PodLogLine.merged(lines, most: 3) == ["[pod/b/c] first", "[pod/a/c] second", "  at trace"])
  }

  @Test func wordsNeverHoldAVerbosityAndAlwaysNameTheirPlace() async {
    EventLoop.runOnOwnThread()
    let kubectl = await Kubectl(KubernetesSettings(context: "prod", namespace: "voiceai", kubeconfig: "/k"))
    #expect(
      await kubectl.words(["get", "pods"]) == [
        "kubectl", "--kubeconfig", "/k", "--context", "prod", "--namespace", "voiceai", "get", "pods",
      ]
    )
  }
}
