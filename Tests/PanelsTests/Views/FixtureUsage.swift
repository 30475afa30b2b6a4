import DataSources
import Facts
import Operations
import Panels

extension Fixture {
  /// Somebody looks at the services: what they use is measured; one has crashed, another is too young to tell.
  static func used() -> Monitor {
    var monitor = calm()
    var snapshot = services(backend: .healthy)
    for index in snapshot.services.indices {
      snapshot.services[index].identity.id = snapshot.services[index].name
      guard snapshot.services[index].name == "celery-beat" else { continue }
      snapshot.services[index].state = .exited(code: 7)
      snapshot.services[index].startedAt = nil
      snapshot.services[index].restarts = 2
    }
    for step in 0..<150 {
      snapshot.usage = usage(of: snapshot.services, step: step)
      let told = snapshot.services.flatMap { service -> [Observation] in
        let sample = snapshot.usage[service.name]
        return [
          fact(service.name, "cpu", .percent, sample?.cpu, sample),
          fact(service.name, "memory", .bytes, sample?.memory, sample),
        ]
      }
      monitor.apply(report("runtime", at: ago(Double(150 - step) * 2 - 1), told, snapshots: [snapshot]))
    }
    monitor.tick(at: now)
    return monitor
  }

  private static func fact(
    _ service: String,
    _ measure: String,
    _ unit: FactUnit,
    _ value: Double?,
    _ sample: ServiceUsage?
  ) -> Observation {
    Observation(
      FactName("service", service, measure),
      value.map(FactValue.number),
      unit: unit,
      word: value != nil ? "" : sample?.gap ?? "not running",
      origin: Origin(source: "runtime", query: "GET /containers/…/stats?stream=1"),
      isDrawn: true
    )
  }

  private static func usage(of services: [ServiceReading], step: Int) -> [String: ServiceUsage] {
    var usage: [String: ServiceUsage] = [:]
    for (index, service) in services.enumerated() where service.state == .running {
      let mebibytes = Double(40 + index * index * 17)
      usage[service.name] = ServiceUsage(
        cpu: index == 3 ? 187 : Double((step * 7 + index * 5) % 11) / 4 * Double(index % 3),
        memory: mebibytes * 1_048_576 + Double(step) * 90_000
      )
    }
    usage["nginx"] = ServiceUsage(memory: 7_000_000, gap: "first sample")
    usage["minio"] = ServiceUsage(gap: "timed out")
    return usage
  }

  /// What a crashed service has written last.
  static let lastLines = LogTail(
    lines: (1...11).map { "[22:22:\(String(40 + $0))] INFO beat: Scheduler: Sending due task health-\($0)" }
      + [
        "[22:22:54] WARNING broker connection lost, retrying",
        "Traceback (most recent call last):",
        "  File \"/usr/lib/python3/dist-packages/kombu/connection.py\", line 446, in _reraise_as_library_errors",
        "kombu.exceptions.OperationalError: [Errno 111] Connection refused",
        "[22:22:55] CRITICAL beat: giving up",
      ]
  )

  static func usedModel(_ width: Int, _ height: Int) -> ScreenModel {
    var model = model(used(), width: width, height: height)
    model.view = .services
    model.context.details["celery-beat"] = .loaded(lastLines)
    return model
  }
}
