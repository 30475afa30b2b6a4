import Facts
import Testing

@testable import DataSources

/// What one document of the engine's statistics says, and what it doesn't.
@Suite struct DockerStatsTests {
  /// A quarter of a second of two cores in a second, 5 MB of which 1 MB can be given back.
  private static let whole = """
    {"preread":"2026-11-23T17:21:33Z",
    "cpu_stats":{"cpu_usage":{"total_usage":1250000000,"percpu_usage":[1,2]},"system_cpu_usage":12000000000,"online_cpus":2},
    "precpu_stats":{"cpu_usage":{"total_usage":1000000000},"system_cpu_usage":10000000000},
    "memory_stats":{"usage":5000000,"stats":{"inactive_file":1000000}}}
    """

  private func usage(_ replaced: String = "", with text: String = "") throws -> ServiceUsage {
    let document = replaced.isEmpty ? Self.whole : Self.whole.replacing(replaced, with: text)
    #expect(replaced.isEmpty || document != Self.whole, "nothing was replaced")
    return try #require(DockerStats.parse(Array(document.utf8))).usage
  }

  @Test func shareAndMemoryAreDockersOwn() throws {
    #expect(try usage().cpu == 25)
    #expect(try usage().memory == 4_000_000)
    #expect(try usage("inactive_file", with: "total_inactive_file").memory == 4_000_000)
    #expect(try usage(#""inactive_file":1000000"#, with: #""inactive_file":9000000"#).memory == 5_000_000)
    #expect(try usage(#","online_cpus":2"#).cpu == 25, "the cores of the list where their number is missing")
    #expect(try usage("1250000000", with: "1000000000").cpu == 0, "what has stood still is known")
  }

  @Test(arguments: [
    (#""preread":"2026-11-23T17:21:33Z""#, #""preread":"0001-01-01T00:00:00Z""#),
    (#""system_cpu_usage":10000000000"#, #""x":1"#), (#""system_cpu_usage":12000000000"#, #""x":1"#),
    (#""total_usage":1000000000"#, #""x":1"#), (#""total_usage":1250000000"#, #""x":1"#),
    (#""precpu_stats""#, #""x""#), (#""cpu_stats""#, #""x""#),
    (#""total_usage":1250000000"#, #""total_usage":1"#),
    ("12000000000", "10000000000"), ("12000000000", "9000000000"),
    (
      #","percpu_usage":[1,2]},"system_cpu_usage":12000000000,"online_cpus":2"#,
      #"},"system_cpu_usage":12000000000"#
    ),
    (#""online_cpus":2"#, #""online_cpus":0"#),
  ])
  func shareThatCanNotBeToldIsUnknown(_ replaced: String, with text: String) throws {
    let usage = try usage(replaced, with: text)
    #expect(usage.cpu == nil)
    #expect(!usage.gap.isEmpty)
    #expect(usage.memory == 4_000_000)
  }

  @Test(arguments: [
    #""usage":5000000,"#, #","stats":{"inactive_file":1000000}"#, #""inactive_file":1000000"#,
  ])
  func memoryThatCanNotBeToldIsUnknown(_ missing: String) throws {
    #expect(try usage(missing).memory == nil)
    #expect(try usage(missing).cpu == 25)
  }

  @Test func containerThatHasEndedUsesNothingThatIsKnown() throws {
    let ended = """
      {"preread":"0001-01-01T00:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":0}},
      "precpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{}}
      """
    let usage = try #require(DockerStats.parse(Array(ended.utf8))).usage
    #expect(usage.cpu == nil && usage.memory == nil)
  }

  // MARK: facts

  private func service(_ name: String, _ id: String) -> ServiceReading {
    ServiceReading(
      name: name,
      instance: id,
      identity: ServiceIdentity(id: id, incarnation: "1"),
      state: .running
    )
  }

  private func facts(_ usage: [String: ServiceUsage]) -> [FactName: Observation] {
    let services = [service("web", "a"), service("worker", "b"), service("worker", "c")]
    let origin = Origin(source: "runtime", query: "")
    let told = ServiceUsage.observations(of: services, usage, origin: origin)
    return Dictionary(told.map { ($0.name, $0) }) { first, _ in first }
  }

  @Test func factsAreInfoWithTheirUnitsAndThoseOfSeveralAreSums() {
    let told = facts([
      "a": ServiceUsage(cpu: 3, memory: 100), "b": ServiceUsage(cpu: 20, memory: 7),
      "c": ServiceUsage(cpu: 30, memory: 8),
    ])
    #expect(told.count == 4)
    #expect(told["service.web.cpu"]?.value == .number(3))
    #expect(told["service.worker.cpu"]?.value == .number(50))
    #expect(told["service.worker.memory"]?.value == .number(15))
    #expect(told["service.web.cpu"]?.unit == .percent)
    #expect(told["service.web.memory"]?.unit == .bytes)
    #expect(told.values.allSatisfy { $0.kind == .info && $0.state == .ok && $0.isDrawn })
  }

  @Test func unknownPartMakesTheSumUnknownAndNeverZero() {
    let told = facts([
      "b": ServiceUsage(cpu: 20, memory: 7), "c": ServiceUsage(memory: 8, gap: "first sample"),
    ])
    #expect(told["service.worker.cpu"]?.value == nil)
    #expect(told["service.worker.cpu"]?.state == .nodata)
    #expect(told["service.worker.cpu"]?.word == "first sample")
    #expect(told["service.worker.memory"]?.value == .number(15))
    #expect(told["service.web.cpu"]?.value == nil)
    #expect(told["service.web.cpu"]?.word == "not running")
  }

  @Test(arguments: [
    ("service.backend.cpu > 80", true), ("any service.*.memory > 1GiB", true),
    ("max(service.*.cpu) > 90", true),
    ("service.backend.latency > 10 and not service.backend.cpu is known", true),
    ("service.backend.state is ok", false), ("queue.celery.memory > 1", false), ("any *.*.* > 3", true),
    ("any service.* is ok", false),
  ])
  func expressionThatReadsItIsFound(_ text: String, _ isRead: Bool) throws {
    #expect(ServiceUsage.isRead(by: try Condition(parsing: text)) == isRead)
  }

  // MARK: logs

  private func frame(_ stream: UInt8, _ text: String) -> [UInt8] {
    let count = text.utf8.count
    return [
      stream, 0, 0, 0, UInt8(count >> 24), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF),
      UInt8(count & 0xFF),
    ]
      + Array(text.utf8)
  }

  @Test func bothStreamsAreReadAsTheyCame() {
    let body =
      frame(1, "out\n") + frame(2, String(repeating: "e", count: 300)) + frame(2, "\n") + frame(1, "")
    #expect(DockerLogs.text(body) == Array("out\n\(String(repeating: "e", count: 300))\n".utf8))
    #expect(DockerLogs.text([]).isEmpty)
  }

  @Test func textOfATerminalIsTakenAsItIs() {
    for text in [
      "plain\r\n", "\u{1}\u{0}\u{0}\u{0}short", "\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{9}less", "1",
    ] {
      #expect(DockerLogs.text(Array(text.utf8)) == Array(text.utf8))
    }
    let broken = frame(1, "whole") + [1, 0, 0, 0, 255, 255, 255, 255, 65]
    #expect(DockerLogs.text(broken) == broken)
  }
}
