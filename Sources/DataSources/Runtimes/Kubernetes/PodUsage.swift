internal import Facts

/// What pods use, as the metrics API tells it (metrics.k8s.io/v1beta1), where a cluster has one.
struct PodUsage: Sendable, Equatable {
  /// Percent of one core, and bytes, by pod; nil where a quantity can't be read.
  var pods: [String: Pod] = [:]

  struct Pod: Sendable, Equatable {
    var cpu: Double?
    var memory: Double?
  }

  /// Reads a PodMetricsList; nil if it is none.
  init?(parsing bytes: [UInt8]) {
    guard let items = JSONValue(parsing: bytes)?["items"]?.list else { return nil }
    for item in items {
      guard let name = item["metadata"]?["name"]?.text, let containers = item["containers"]?.list,
        !containers.isEmpty
      else { continue }
      func sum(_ resource: String) -> Double? {
        let values = containers.map { $0["usage"]?[resource]?.text.flatMap(Self.quantity) }
        return values.contains { $0 == nil } ? nil : values.compactMap { $0 }.reduce(0, +)
      }
      pods[name] = Pod(cpu: sum("cpu").map { $0 * 100 }, memory: sum("memory"))
    }
  }

  /// The sum of some pods; what isn't known of one isn't known of all.
  static func sum(of names: [String], in answer: Result<PodUsage, SourceFailure>) -> ServiceUsage {
    switch answer {
    case .failure(let failure):
      return ServiceUsage(gap: failure.code == .notFound ? "no metrics API" : "metrics \(failure.word)")
    case .success(let usage):
      let found = names.map { usage.pods[$0] }
      guard !found.isEmpty, !found.contains(where: { $0 == nil }) else {
        return ServiceUsage(gap: "not measured yet")
      }
      func sum(_ value: (Pod) -> Double?) -> Double? {
        let values = found.compactMap { $0.flatMap(value) }
        return values.count == found.count ? values.reduce(0, +) : nil
      }
      return ServiceUsage(cpu: sum(\.cpu), memory: sum(\.memory), gap: "unreadable")
    }
  }

  /// A Kubernetes quantity: `12345n`, `250m`, `1`, `34567Ki`, `1.5G`; nil if it is none.
  static func quantity(_ text: String) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }
    guard let number = Double(digits), number >= 0 else { return nil }
    let factors: [Substring: Double] = [
      "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
      "Ki": 0x1p10, "Mi": 0x1p20, "Gi": 0x1p30, "Ti": 0x1p40, "Pi": 0x1p50,
    ]
    return factors[text.dropFirst(digits.count)].map { number * $0 }
  }
}
