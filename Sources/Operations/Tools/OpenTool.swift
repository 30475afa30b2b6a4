public import DataSources
public import Facts

/// Gives the operator's terminal to a program until that ends.
@LoopActor public protocol TerminalLender: AnyObject {
  /// Leaves the terminal, runs `program` with a descriptor of it, and takes it again.
  /// - Throws: there is no terminal, or what `program` throws.
  func lend<Result: Sendable>(
    to program: @LoopActor (_ terminal: Int32) async throws(SourceFailure) -> Result
  ) async throws(SourceFailure) -> Result
}

/// What is opened, frozen.
public struct ToolDetails: Sendable, Hashable {
  /// The program and its arguments, without a secret.
  public var words: [String]
  /// The service that it is opened in; nil for a server.
  public var service: ServiceReading?
}

/// What all tools on the terminal have in common.
@LoopActor struct ToolActs {
  let services: ActionServices

  /// The preview of opening a tool.
  func draft(
    _ tool: InteractiveTool,
    on target: ActionTarget,
    at address: String,
    _ details: ToolDetails
  ) -> Draft<ToolDetails> {
    let shown = ShellWords.line(tool.arguments)
    let name = tool.arguments.first ?? ""
    let login: SafeText =
      switch tool.login {
      case .none: "none is given"
      case .passwordFile: "from a file in memory that only it can read"
      case .variable(let name, _): "in \(SafeText(name)) of its own environment, seen by your user alone"
      }
    return Draft(
      target: target,
      danger: .disruptive,
      title: "OPEN \(SafeText(name)) \(SafeText(target.name))",
      rows: [
        PlanRow("run", SafeText(shown, limit: 600)), PlanRow("at", SafeText(address)),
        PlanRow("login", login),
        PlanRow("hits", "whatever you type there; it runs without preview, proof or undo"),
        PlanRow("proof", "none: it is recorded that it was open, not what was typed"),
      ],
      exact: shown,
      proof: "none",
      details: details
    )
  }

  /// Opens it and waits until it is left.
  func open(_ tool: InteractiveTool?, _ details: ToolDetails) async -> ActOutcome {
    let begunAt = services.clock.now()
    func outcome(_ end: Verdict.Outcome, _ words: SafeText) -> ActOutcome {
      var verdict = Verdict(end, words)
      verdict.isByHand = true
      return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
    }
    guard let tool, tool.arguments == details.words else {
      return outcome(.failed, "it is another program by now; nothing was opened")
    }
    guard let terminal = services.terminal else {
      return outcome(.failed, "there is no terminal; nothing was opened")
    }
    do throws(SourceFailure) {
      let ending = try await terminal.lend { descriptor throws(SourceFailure) in
        try await tool.run(on: descriptor)
      }
      let words: SafeText =
        switch ending {
        case .status(let status): "it was left with status \(SafeText("\(status)"))"
        case .signal(let signal): "it was ended by signal \(SafeText("\(signal)"))"
        }
      return outcome(.doneUnproven, "\(words); what was typed there is not recorded")
    } catch {
      let name = SafeText(tool.arguments.first ?? "")
      let advice: SafeText =
        error.code == .misconfigured ? "; Debian has it in \(SafeText(tool.package))" : ""
      return outcome(.failed, "\(name): \(SafeText(error.detail, limit: 200))\(advice)")
    }
  }
}

/// Opens the tool of a server that is polled: `psql`, `redis-cli`.
@LoopActor public struct OpenTool<Server: ServerTool>: Action {
  /// What the tables tell of it.
  public nonisolated static var descriptor: ActionDescriptor {
    var descriptor = ActionDescriptor(
      id: ActionID("tool.\(Server.program)"),
      title: Server.program,
      doing: "\(Server.program) is open",
      key: "",
      targets: [.environment],
      danger: .always(.disruptive),
      help: "open \(Server.program) on \(Server.server), on this terminal",
      command: Server.program
    )
    descriptor.sharesTarget = true
    return descriptor
  }

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// No such server is configured.
  public var obstacle: SafeText? {
    services.offer(Server.self) == nil ? "no \(SafeText(Server.server)) is configured" : nil
  }

  /// Drafts it.
  /// - Throws: there is no such server.
  public func plan(
    _ request: ActionRequest,
    renewing old: ToolDetails?
  ) async throws(Refusal) -> Draft<ToolDetails> {
    guard let server = services.offer(Server.self) else {
      throw .notPossible("no \(SafeText(Server.server)) is configured")
    }
    return ToolActs(services: services).draft(
      server.tool,
      on: request.target,
      at: server.address,
      ToolDetails(words: server.tool.arguments)
    )
  }

  /// Opens it and waits until it is left.
  public func act(
    _ details: ToolDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    var tool = services.offer(Server.self)?.tool
    // It logs in by its own; whoever runs a shell out of it would find those of the other servers.
    tool?.withheld = services.secretVariables
    return await ToolActs(services: services).open(tool, details)
  }

  /// What is typed there proves nothing.
  public func proof(of details: ToolDetails, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// Whatever was typed there may show at the next poll.
  public func touches(_ details: ToolDetails) -> [String] { [] }
}

/// Opens a shell inside a service.
@LoopActor public struct OpenShell: Action {
  /// What the tables tell of it.
  public nonisolated static let descriptor: ActionDescriptor = {
    var descriptor = ActionDescriptor(
      id: "tool.shell",
      title: "shell",
      doing: "a shell is open",
      key: "",
      targets: [.service],
      use: .whileUp,
      danger: .always(.disruptive),
      help: "open a shell inside this service, on this terminal",
      command: "shell"
    )
    descriptor.sharesTarget = true
    return descriptor
  }()

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the very thing that runs now.
  /// - Throws: it is gone, or what runs it has no shells.
  public func plan(
    _ request: ActionRequest,
    renewing old: ToolDetails?
  ) async throws(Refusal) -> Draft<ToolDetails> {
    let (runtime, readings) = try await ServiceActs(services: services).readings()
    guard let shell = services.offer(ShellTool.self) else {
      throw .notPossible(
        "services of \(SafeText(runtime.title)) have no shell of their own; Ctrl-Z leaves to yours"
      )
    }
    let targets = ServiceTargets(readings: readings)
    let service: ServiceReading
    if let before = old?.service {
      guard let successor = targets.successor(of: before) else { throw .gone(SafeText(request.target.name)) }
      service = successor
    } else {
      service = try targets.find(request.target)
    }
    var target = request.target
    target.identity = service.identity
    guard let tool = shell.tool(for: service) else {
      throw .notPossible("nothing of \(SafeText(service.name)) runs in which a shell could be")
    }
    return ToolActs(services: services).draft(
      tool,
      on: target,
      at: service.instance,
      ToolDetails(words: tool.arguments, service: service)
    )
  }

  /// Opens it and waits until it is left.
  public func act(
    _ details: ToolDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let tool = details.service.flatMap { services.offer(ShellTool.self)?.tool(for: $0) }
    return await ToolActs(services: services).open(tool, details)
  }

  /// What is typed there proves nothing.
  public func proof(of details: ToolDetails, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// The runtime: a shell may end what it is in.
  public func touches(_ details: ToolDetails) -> [String] {
    services.runtime.map { [$0.descriptor.id] } ?? []
  }
}
