internal import Facts

/// A reply of the Docker Engine, read out of its JSON (docs.docker.com/reference/api/engine).
///
/// Members have the names that the engine gives them.
protocol DockerReply: Sendable {
  /// Reads a document; nil if it is none of this kind.
  init?(_ document: JSONValue)
}

extension DockerReply {
  /// Parses one JSON document of this kind; nil if it is none.
  static func parse(_ bytes: [UInt8]) -> Self? {
    JSONValue(parsing: bytes).flatMap(Self.init)
  }
}

/// What `GET /version` tells.
struct DockerVersion: DockerReply {
  var ApiVersion: String
  var MinAPIVersion: String?

  init?(_ document: JSONValue) {
    guard let version = document["ApiVersion"]?.text else { return nil }
    ApiVersion = version
    MinAPIVersion = document["MinAPIVersion"]?.text
  }
}

/// What the engine says of itself in an error's body.
struct DockerMessage: DockerReply {
  var message: String

  init?(_ document: JSONValue) {
    guard let message = document["message"]?.text else { return nil }
    self.message = message
  }
}

/// One entry of `GET /containers/json`, as far as it is read.
struct DockerListEntry: Hashable, DockerReply {
  /// The full id; where that can't be read, its place in the list.
  var Id: String
  var Names: [String]
  var State: String
  var Status: String?
  /// Compose's own labels, by what follows `com.docker.compose.`.
  var composeLabels: [String: String] = [:]
  /// What of it can't be read, so that it isn't known what it is or does; nil if all can.
  var problem: String?

  private static let prefix = "com.docker.compose."
  private static let labels = ["project", "service", "oneoff"]
  /// Labels without which a container is still known.
  private static let furtherLabels = ["container-number", "depends_on"]

  init?(_ document: JSONValue) {
    guard case .object = document else { return nil }
    self.init(document, at: 0)
  }

  /// The entry at a place of the list, whatever stands there.
  init(_ entry: JSONValue, at place: Int) {
    var members = MemberReader()
    let id = members.id(entry["Id"], "Id")
    Id = id ?? "entry \(place + 1) of the list"
    Names = entry["Names"]?.list?.compactMap(\.text) ?? []
    State = members.text(entry["State"], "State", isNeeded: true) ?? ""
    Status = entry["Status"]?.text
    members.object(entry["Labels"], "Labels")
    for name in Self.labels {
      composeLabels[name] = members.text(
        entry["Labels"]?[Self.prefix + name],
        "the label \(Self.prefix)\(name)"
      )
    }
    for name in Self.furtherLabels { composeLabels[name] = entry["Labels"]?[Self.prefix + name]?.text }
    problem = entry.problem ?? members.problem
  }

  /// The value of compose's own label `com.docker.compose.NAME`.
  func compose(_ name: String) -> String? { composeLabels[name] }

  /// What `Status` says of its health check, as an inspection names it: `Up 5 minutes (unhealthy)`, `(health: starting)`;
  /// nil if it says nothing.
  var health: String? {
    ["healthy", "unhealthy", "starting"].first {
      Status?.hasSuffix("(\($0))") ?? false || Status?.hasSuffix("(health: \($0))") ?? false
    }
  }

  /// The services whose good end it waits for: compose 2 labels a container `migrate:service_completed_successfully:false`.
  var awaits: [String] {
    (compose("depends_on") ?? "").split(separator: ",").compactMap { need in
      let words = need.split(separator: ":", omittingEmptySubsequences: false)
      return words.count > 1 && words[1] == ComposeService.completed ? String(words[0]) : nil
    }
  }

  /// Whether it is a `compose run`, which is nobody's service.
  var isOneOff: Bool { compose("oneoff")?.lowercased() == "true" }

  /// Whether it is the project's, as far as can be read.
  func isOf(_ project: String) -> Bool { compose("project").map { $0 == project } ?? (problem != nil) }

  /// Whether there is a process in it.
  var isAlive: Bool { ["running", "paused", "restarting"].contains(State) }

  /// Its first name, else its id.
  var instance: String { Self.plain(Names.first ?? Id) }

  /// A name as it is spoken: the engine writes a slash before it.
  static func plain(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

  /// Whether it is one of the project's services, as far as can be read; the engine was asked for no others.
  func belongs(to project: String) -> Bool {
    !isOneOff && isOf(project)
  }
}

extension [DockerListEntry]: DockerReply {
  init?(_ document: JSONValue) {
    guard let list = document.list else { return nil }
    self = list.enumerated().map { DockerListEntry($1, at: $0) }
    let counts = reduce(into: [:]) { $0[$1.Id, default: 0] += 1 }
    for (place, entry) in enumerated() where counts[entry.Id] ?? 0 > 1 {
      // Which of two entries of one container is true nobody knows.
      self[place].problem = entry.problem ?? "its Id is listed twice"
      self[place].Id += " (entry \(place + 1) of the list)"
    }
  }
}

/// What `GET /containers/{id}/json` tells, as far as it is read.
struct DockerInspection: Hashable, DockerReply {
  struct Probe: Sendable, Hashable {
    var ExitCode: Int?
    var Output: String?
    var Start: String?
  }
  struct Health: Sendable, Hashable {
    var Status: String?
    var FailingStreak: Int?
    /// The last result of the check.
    var last: Probe?
  }
  struct State: Sendable, Hashable {
    var Status: String
    var OOMKilled: Bool?
    var ExitCode: Int?
    var Error: String?
    var StartedAt: String?
    /// When the life before ended, or this one if it is over.
    var FinishedAt: String?
    var Health: Health?
  }

  var Id: String
  var Name: String?
  var RestartCount: Int?
  var State: State
  /// The word of the policy by which the engine restarts it; empty is the engine's default, `no`.
  var restartPolicy: String?
  var image: String?
  /// Fingerprints of the values of its environment, by name: they hold for this process alone, and a value is never
  /// kept; nil if it isn't told.
  var variables: [String: Fingerprint]?
  /// Whether it is made to be reached at a port: a server's image tells which.
  var hasPorts = false
  /// Its addresses in the networks that it is in; empty where it uses those of the machine or of another container.
  var addresses: Set<String> = []
  /// What of it can't be read, so that it isn't known how it is; nil if all can.
  var problem: String?

  /// What little is known of a container that isn't inspected.
  init(Id: String, status: String) {
    self.Id = Id
    self.State = DockerInspection.State(Status: status)
  }

  init?(_ document: JSONValue) {
    guard case .object = document, let id = document["Id"]?.text else { return nil }
    var members = MemberReader()
    Id = id
    Name = document["Name"]?.text
    RestartCount = members.count(document["RestartCount"], "RestartCount")
    image = document["Config"]?["Image"]?.text
    variables = document["Config"]?["Env"]?.list.map { list in
      let pairs = list.compactMap { entry -> (String, Fingerprint)? in
        guard let text = entry.text, let equals = text.firstIndex(of: "=") else { return nil }
        return (String(text[..<equals]), Fingerprint(text[text.index(after: equals)...]))
      }
      return Dictionary(pairs) { $1 }
    }
    if case .object(let ports)? = document["Config"]?["ExposedPorts"] { hasPorts = !ports.isEmpty }
    if case .object(let networks)? = document["NetworkSettings"]?["Networks"] {
      let told = networks.values.flatMap { [$0["IPAddress"]?.text, $0["GlobalIPv6Address"]?.text] }
      addresses = Set(told.compactMap { $0 }.filter { !$0.isEmpty })
    }
    let policy = document["HostConfig"]?["RestartPolicy"]
    restartPolicy = members.text(policy?["Name"], "HostConfig.RestartPolicy.Name")
    let state = document["State"]
    members.object(state, "State")
    members.object(state?["Health"], "State.Health")
    self.State = DockerInspection.State(
      Status: members.text(state?["Status"], "State.Status", isNeeded: true) ?? "",
      OOMKilled: members.flag(state?["OOMKilled"], "State.OOMKilled"),
      ExitCode: members.integer(state?["ExitCode"], "State.ExitCode"),
      Error: state?["Error"]?.text,
      StartedAt: members.text(state?["StartedAt"], "State.StartedAt"),
      FinishedAt: state?["FinishedAt"]?.text
    )
    if let health = state?["Health"], health != .null {
      let last = health["Log"]?.list?.last
      self.State.Health = DockerInspection.Health(
        Status: members.text(health["Status"], "State.Health.Status", isNeeded: true),
        FailingStreak: members.count(health["FailingStreak"], "State.Health.FailingStreak"),
        last: last.map {
          Probe(ExitCode: $0["ExitCode"]?.integer, Output: $0["Output"]?.text, Start: $0["Start"]?.text)
        }
      )
    }
    problem = members.problem ?? contradiction(running: state?["Running"]?.flag)
  }

  /// What of the state can't be true at once; nil if all can.
  private func contradiction(running: Bool?) -> String? {
    if let text = self.State.StartedAt, !text.isEmpty, WallTime(timestamp: text) == nil {
      return "State.StartedAt is no time"
    }
    switch (running, self.State.Status) {
    case (true?, "exited"), (true?, "dead"), (true?, "created"):
      return "it is told to be \(self.State.Status), and to run"
    case (false?, "running"), (false?, "paused"):
      return "it is told to be \(self.State.Status), and not to run"
    default: return nil
    }
  }
}

/// One line of `GET /events`, as far as it is read.
struct DockerEvent: Hashable, DockerReply {
  /// What happened: `health_status: healthy`.
  var Action: String?
  /// The full id of the container that it happened to.
  var container: String?

  /// Whether somebody stopped it (true), or it was started (false); nil for anything else.
  ///
  /// The engine tells `stop` of what was asked for alone, after the `die` that it shares with any other end.
  var isStopped: Bool? {
    switch Action {
    case "stop": true
    case "start", "restart": false
    default: nil
    }
  }

  init?(_ document: JSONValue) {
    guard case .object = document else { return nil }
    Action = document["Action"]?.text
    container = document["Actor"]?["ID"]?.text
  }
}

/// Takes members that are of a known kind, and keeps the first that is not.
///
/// Go's servers write what has no value as null, which is as good as nothing.
private struct MemberReader {
  /// What is wrong with the first member that can't be read: `State.ExitCode is of another kind`.
  private(set) var problem: String?

  /// Keeps it as the problem if a member is missing though needed, or is nothing that `isRight`.
  private mutating func note(
    _ value: JSONValue?,
    _ name: String,
    isNeeded: Bool,
    isRight: (JSONValue) -> Bool
  ) {
    guard problem == nil else { return }
    guard let value, value != .null else {
      if isNeeded { problem = "\(name) is missing" }
      return
    }
    if isRight(value) { return }
    problem = value.problem.map { "\(name): \($0)" } ?? "\(name) is of another kind"
  }

  mutating func object(_ value: JSONValue?, _ name: String) {
    note(value, name, isNeeded: false) { if case .object = $0 { true } else { false } }
  }

  mutating func text(_ value: JSONValue?, _ name: String, isNeeded: Bool = false) -> String? {
    note(value, name, isNeeded: isNeeded) { $0.text != nil }
    return value?.text
  }

  /// A container's id: what goes into the path of a request is nothing else.
  mutating func id(_ value: JSONValue?, _ name: String) -> String? {
    guard let text = text(value, name, isNeeded: true) else { return nil }
    if isContainerID(text) { return text }
    problem = problem ?? "\(name) is no container's id"
    return nil
  }

  mutating func flag(_ value: JSONValue?, _ name: String) -> Bool? {
    note(value, name, isNeeded: false) { $0.flag != nil }
    return value?.flag
  }

  mutating func integer(_ value: JSONValue?, _ name: String) -> Int? {
    note(value, name, isNeeded: false) { $0.integer != nil }
    return value?.integer
  }

  /// A whole number from 0 on.
  mutating func count(_ value: JSONValue?, _ name: String) -> Int? {
    note(value, name, isNeeded: false) { ($0.integer ?? -1) >= 0 }
    return value?.integer.flatMap { $0 < 0 ? nil : $0 }
  }
}

/// Whether it is an id as an engine gives it, whole or as it shows it: 12 to 64 digits of base 16.
func isContainerID(_ text: String) -> Bool {
  (12...64).contains(text.utf8.count)
    && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

/// The value of a `filters` parameter: JSON, percent-encoded.
func dockerFilters(_ filters: [String: [String]]) -> String {
  let members = filters.sorted { $0.key < $1.key }
    .map { JSONBody.Member($0.key, .array($0.value.map(JSONBody.string))) }
  return percentEncoded(JSONBody.object(members).text)
}
