import DataSources
import Facts
import Operations
import Panels

extension Fixture {
  /// The preview of a restart.
  static func plan(_ danger: DangerClass = .disruptive, advice: Bool = false, rows: [PlanRow] = []) -> Plan {
    let request = ActionRequest.restart(service: "postgres")
    return Plan(
      environment: "dev",
      request: request,
      askedAt: now.wall,
      steps: request.targets.map { PlanStep(target: $0, details: PlanDetails(0)) },
      danger: danger,
      title: "RESTART postgres",
      rows: [
        PlanRow("run", "POST /containers/3f2a91c04d7e/restart?t=10"),
        PlanRow("run", "docker engine, project voiceai, service postgres"),
        PlanRow("hits", "backend   celery-worker   celery-beat"),
        PlanRow("now", "5 queries active, 1 in a transaction (backend, 12 s)"),
        PlanRow("proof", "new start time, SELECT 1 three times, within 90 s"),
        PlanRow("next", "backend within 30 s, else Enter restarts it"),
      ] + rows,
      exact: "POST /containers/3f2a91c04d7e/restart?t=10",
      advice: advice
        ? PlanAdvice("rabbitmq is CRIT: restart that first", instead: .restart(service: "rabbitmq")) : nil,
      proof: "new start, SELECT 1 ×3",
      dryRun: ["identity  same as shown", "lock      free", "nothing was sent"]
    )
  }

  /// The events of a restart up to the first answers of its proof.
  static let proving: [ActionEvent] = [
    .recorded, .acting, .acted(.milliseconds(1_240)),
    .gate(
      GateView(
        probes: [
          GateView.Probe("new start", value: "22:22:57", state: .ok),
          GateView.Probe("postgres", value: "passes", state: .ok),
        ],
        held: 2,
        needed: 3,
        elapsed: .seconds(4),
        deadline: .seconds(90)
      )
    ),
    .then(
      ThenView(
        service: "backend",
        gate: GateView(
          probes: [
            GateView.Probe("liveness", value: "passes", state: .ok),
            GateView.Probe("canary", value: "HTTP 500", state: .crit),
          ],
          held: 0,
          needed: 3,
          elapsed: .seconds(2),
          deadline: .seconds(30)
        )
      )
    ),
  ]

  static func progress(_ verdict: Verdict? = nil) -> ProgressModel {
    var progress = ProgressModel(
      plan: plan(),
      label: "DEV",
      before: "refused, stopped",
      startedAt: ago(7)
    )
    progress.events = proving
    progress.verdict = verdict
    progress.hasRow = true
    return progress
  }
}
