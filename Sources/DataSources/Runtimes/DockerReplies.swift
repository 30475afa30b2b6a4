internal import Facts
internal import FoundationEssentials

/// What `GET /version` tells (docs.docker.com/reference/api/engine).
struct DockerVersion: Sendable, Decodable {
  var ApiVersion: String
  var MinAPIVersion: String?
}

/// What the engine says of itself in an error's body.
struct DockerMessage: Sendable, Decodable {
  var message: String
}

/// One entry of `GET /containers/json`, as far as it is read.
struct DockerListEntry: Sendable, Hashable, Decodable {
  var Id: String
  var Names: [String]?
  var State: String
  var Status: String?
  var Labels: [String: String]?

  /// The value of compose's own label `com.docker.compose.NAME`.
  func compose(_ name: String) -> String? { Labels?["com.docker.compose.\(name)"] }

  /// Whether it is a `compose run`, which is nobody's service.
  var isOneOff: Bool { compose("oneoff")?.lowercased() == "true" }
}

/// What `GET /containers/{id}/json` tells, as far as it is read.
struct DockerInspection: Sendable, Hashable, Decodable {
  struct Probe: Sendable, Hashable, Decodable {
    var ExitCode: Int?
    var Output: String?
  }
  struct Health: Sendable, Hashable, Decodable {
    var Status: String?
    var FailingStreak: Int?
    var Log: [Probe]?
  }
  struct State: Sendable, Hashable, Decodable {
    var Status: String
    var OOMKilled: Bool?
    var ExitCode: Int?
    var Error: String?
    var StartedAt: String?
    var Health: Health?
  }
  struct Policy: Sendable, Hashable, Decodable {
    var Name: String?
  }
  struct HostConfig: Sendable, Hashable, Decodable {
    var RestartPolicy: Policy?
  }
  struct Config: Sendable, Hashable, Decodable {
    var Image: String?
    var Labels: [String: String]?
  }

  var Id: String
  var Name: String?
  var RestartCount: Int?
  var State: State
  var HostConfig: HostConfig?
  var Config: Config?
}

/// One line of `GET /events`, as far as it is read.
struct DockerEvent: Sendable, Hashable, Decodable {
  struct Actor: Sendable, Hashable, Decodable {
    var ID: String?
  }
  var Action: String?
  var Actor: Actor?
}

extension Decodable {
  /// Parses one JSON document of this shape; nil if it is none.
  static func parse(_ bytes: [UInt8]) -> Self? {
    try? JSONDecoder().decode(Self.self, from: Data(bytes))
  }
}

/// The value of a `filters` parameter: JSON, percent-encoded.
func dockerFilters(_ filters: [String: [String]]) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  guard let json = try? encoder.encode(filters) else { return "" }
  return percentEncoded(String(decoding: json, as: UTF8.self))
}
