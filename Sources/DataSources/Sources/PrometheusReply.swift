public import Facts

/// The answer to one query: series with one value each (instant) or many (range).
public struct PrometheusReply: Sendable, Equatable {
  /// One series.
  public struct Series: Sendable, Equatable {
    /// Its labels, `__name__` among them.
    public var labels: [String: String]
    /// Its values in time order; `NaN` and infinities as they came.
    public var values: [(time: WallTime, value: Double)]

    /// Whether two series hold the same labels, times and values (NaN equal to NaN).
    public static func == (left: Series, right: Series) -> Bool {
      left.labels == right.labels && left.values.count == right.values.count
        && zip(left.values, right.values).allSatisfy { one, other in
          one.time == other.time
            && (one.value == other.value || (one.value.isNaN && other.value.isNaN))
        }
    }
  }

  /// The series, or the first of them; none means "no such series".
  public var samples: [Series]
  /// How many series there are.
  public var count: Int
  /// What the server says against its own answer, such as a store that gave none; empty if nothing.
  public var warnings: [String]
  /// The first result as JSON-like text, for `i`.
  public var excerpt: String

  /// Reads a reply of `/api/v1/query` or `/api/v1/query_range`, and keeps `most` of its series.
  /// - Throws: `rejected` with errorType and error for `status: error`; `unreadable` otherwise.
  public init(
    _ json: JSONValue,
    keeping most: Int = .max,
    status: Int,
    at address: String
  ) throws(SourceFailure) {
    guard json["status"]?.text == "success" else {
      if let words = json["error"]?.text {
        throw SourceFailure(
          .rejected,
          at: address,
          detail: "\(json["errorType"]?.text ?? "error"): \(words)"
        )
      }
      throw SourceFailure(status >= 400 ? .status(status) : .unreadable, at: address)
    }
    let data = json["data"]
    switch data?["resultType"]?.text {
    case "vector", "matrix":
      guard let list = data?["result"]?.list else {
        throw SourceFailure(.unreadable, at: address, detail: "no result")
      }
      var series: [Series] = []
      for element in list {
        guard let one = Self.series(element) else {
          throw SourceFailure(.unreadable, at: address, detail: "a sample that is none")
        }
        if series.count < most { series.append(one) }
      }
      samples = series
      count = list.count
    case "scalar":
      guard let result = data?["result"], let sample = Self.sample(result) else {
        throw SourceFailure(.unreadable, at: address, detail: "a scalar that is none")
      }
      samples = [Series(labels: [:], values: [sample])]
      count = 1
    default:
      throw SourceFailure(.unreadable, at: address, detail: "an unknown kind of result")
    }
    warnings = [json["warnings"], json["infos"]].flatMap { $0.map(Self.words) ?? [] }
    // VictoriaMetrics' word for the same: a part of its storage gave nothing.
    switch json["isPartial"] {
    case nil, .null?, .flag(false)?: break
    case .some: warnings.append("a partial response")
    }
    excerpt = samples.first.map { "\($0.labels) \($0.values.last.map { "\($0.value)" } ?? "")" } ?? "[]"
  }

  /// The words of a list; of anything else that is something, that it can't be read.
  ///
  /// That a metric's name isn't that of a counter is said of a query, and not against what it gives.
  private static func words(_ told: JSONValue) -> [String] {
    if told == .null { return [] }
    guard let list = told.list else { return ["what can't be read"] }
    return list.map { $0.text ?? "what can't be read" }.filter { !$0.contains("might not be a counter") }
  }

  private static func series(_ json: JSONValue) -> Series? {
    var labels: [String: String] = [:]
    if case .object(let metric) = json["metric"] {
      for (name, value) in metric { labels[name] = value.text }
    }
    if let one = json["value"] {
      guard let sample = sample(one) else { return nil }
      return Series(labels: labels, values: [sample])
    }
    guard let many = json["values"]?.list else { return nil }
    var values: [(time: WallTime, value: Double)] = []
    for element in many {
      guard let sample = sample(element) else { return nil }
      values.append(sample)
    }
    return Series(labels: labels, values: values)
  }

  /// `[1795454828.196, "2"]`: seconds, and a number as text ("NaN", "+Inf" and "-Inf" among them).
  private static func sample(_ json: JSONValue) -> (time: WallTime, value: Double)? {
    guard let time = json[0]?.number, let text = json[1]?.text else { return nil }
    let value: Double? =
      switch text {
      case "NaN": .nan
      case "+Inf", "Inf": .infinity
      case "-Inf": -.infinity
      default: Double(text)
      }
    return value.map { (WallTime(secondsSince1970: time), $0) }
  }
}
