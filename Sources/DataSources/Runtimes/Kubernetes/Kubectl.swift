internal import Facts

/// The real kubectl, run by its words and never by a shell: context and namespace stand on every call.
///
/// The first call reads where the context leads. From then on each call is held to that cluster, server and user, and
/// a kubeconfig that says something else is a failure until the environment is opened anew: nothing is ever asked of,
/// or done to, a cluster that somebody switched to underneath.
@LoopActor final class Kubectl {
  /// Lists of a large namespace are megabytes.
  private nonisolated static let cap = 64 << 20
  /// So much of a child's input fits without a reader.
  nonisolated static let mostInput = 60 << 10
  /// So long a context that was read is taken for the same between polls.
  private nonisolated static let trustedFor = Duration.seconds(30)

  let settings: KubernetesSettings
  /// What failures are told of: `prod/voiceai`.
  nonisolated let address: String
  private let program: [String]
  private let environment: [String: String?]
  private var pinned: (identity: ClusterIdentity, at: MonotonicTime)?

  init(
    _ settings: KubernetesSettings,
    program: [String] = ["kubectl"],
    environment: [String: String?] = [:]
  ) {
    self.settings = settings
    self.environment = environment
    self.program = program
    address = "\(settings.context)/\(settings.namespace)"
  }

  /// Where the context led when it was read first; nil before.
  var identity: ClusterIdentity? { pinned?.identity }

  /// The whole call of a command: what is previewed is what is run.
  func words(_ command: [String]) -> [String] { start + (pinned?.identity.options ?? []) + command }

  /// The call as somebody would type it to look for himself.
  func advice(_ command: [String]) -> String { ShellWords.line(start + command) }

  private var start: [String] {
    program + (settings.kubeconfig.map { ["--kubeconfig", $0] } ?? [])
      + ["--context", settings.context, "--namespace", settings.namespace]
  }

  /// Reads where the context leads, unless that was read a moment ago and `atMostOften` lets that do.
  /// - Throws: `misconfigured` (no kubectl, no such context), `rejected` if it leads elsewhere than it did.
  func pin(atMostOften: Bool = false) async throws(SourceFailure) {
    let now = LoopActor.now().monotonic
    if atMostOften, let pinned, now - pinned.at < Self.trustedFor { return }
    let output = try await run(start + ["config", "view", "--minify", "-o", "json"], within: .seconds(5))
    guard let value = await LoopActor.decodeJSON(output),
      let found = ClusterIdentity(value, context: settings.context)
    else {
      throw SourceFailure(
        .misconfigured,
        at: address,
        detail: "the kubeconfig names no server for the context \(settings.context)"
      )
    }
    if let pinned, pinned.identity != found {
      throw SourceFailure(
        .rejected,
        at: address,
        detail:
          "the context \(settings.context) was changed underneath: it led to \(pinned.identity) and leads to \(found); "
          + "nothing was done. Opening the environment anew (`:env`, or a new start) goes where it leads now",
        told: "its context was changed"
      )
    }
    pinned = (found, now)
  }

  /// Runs a command to its end and answers what it printed; only status 0 is an answer.
  /// - Throws: what kubectl, the server or the deadline said.
  func run(
    _ words: [String],
    input: [UInt8] = [],
    within deadline: Duration
  ) async throws(SourceFailure) -> [UInt8] {
    let result: ChildResult
    do throws(SourceFailure) {
      result = try await ChildProcess.run(
        // kubectl ends a request by itself a moment earlier, with the server's name in its words.
        ChildCommand(
          words,
          environment: environment,
          input: input,
          deadline: deadline + .seconds(1),
          cap: Self.cap
        )
      )
    } catch {
      var failure = error
      failure.address = address
      if error.code == .misconfigured {
        failure.told = "no kubectl"
        failure.detail = "kubectl is not in PATH: install it (Debian: kubernetes-client); \(error.detail)"
      }
      throw failure
    }
    // What it printed before it failed is a part, and a part is not the answer.
    guard result.isSuccess else {
      throw KubectlFailure(result).failure(at: address) { advice(["auth", "can-i"] + $0) }
    }
    guard !result.isCut else {
      throw SourceFailure(.tooLarge, at: address, detail: "kubectl printed more than \(Self.cap >> 20) MiB")
    }
    return result.stdout
  }

  /// The option that ends each request of a call.
  nonisolated static func timeout(_ duration: Duration) -> String {
    "--request-timeout=\(max(1, duration.components.seconds))s"
  }
}
