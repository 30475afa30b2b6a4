/// A kind of source that a compose file tells of, or that the runbook names.
public protocol DiscoverableSource: SourceSettings {
  /// The id of the first that is found; another's is its service's name.
  static var foundID: String { get }
  /// Words in the names of its images.
  static var images: [String] { get }
  /// The variables by which its images are told who logs in where; each may end in `_FILE`.
  static var accountVariables: [String] { get }
  /// The path by which the service itself is asked whether it lives; nil: the source's own probe proves it.
  static var livenessPath: String? { get }
  /// What the runbook uses on this machine; nil: nothing.
  static var usual: Self? { get }

  /// How surely a service is of this kind; nil: it isn't.
  static func claim(on service: ComposeService) -> ComposeClaim?
  /// What the compose file tells of it; nil when it can't be reached from here.
  static func find(in service: ComposeService) -> SourceFinding?
}

/// By what a service of a compose project is known as one of a kind; the surer is the greater.
public enum ComposeClaim: Comparable, Sendable {
  /// It publishes the port that such a server has.
  case port
  /// It is built here and has the kind's name.
  case name
  /// Its image's name has a word in it that is so long: the longer says more.
  case image(Int)
}

/// A source that a compose file tells of.
public struct SourceFinding: Sendable {
  /// What it is and where.
  public var settings: any SourceSettings
  /// Where its password is to be had again; nil when it stands in the compose file itself, or there is none.
  public var password: SecretReference?
  /// Where the compose file tells the password or what it is read from.
  public var passwordPlace: Location?
  /// Where the values of single keys are written; the others where the port is.
  public var places: [String: Location]

  /// Describes a source that is found.
  public init(
    _ settings: any SourceSettings,
    password: SecretReference? = nil,
    passwordPlace: Location? = nil,
    places: [String: Location] = [:]
  ) {
    self.settings = settings
    self.password = password
    self.passwordPlace = passwordPlace
    self.places = places
  }
}

extension DiscoverableSource {
  /// The type's word unless told.
  public static var foundID: String { type }
  /// None unless told.
  public static var accountVariables: [String] { [] }
  /// The source's own probe proves the service unless told.
  public static var livenessPath: String? { nil }
  /// Nothing unless told.
  public static var usual: Self? { nil }

  /// By a word in the image's name, else by the type's word as the name of a service that is built.
  public static func claim(on service: ComposeService) -> ComposeClaim? {
    let words = images.filter(service.imageName.contains)
    if let longest = words.map(\.count).max() { return .image(longest) }
    return service.image == nil && service.name == type ? .name : nil
  }
}

extension ComposeService {
  /// What looks after another service, or shows it, is none of a kind itself.
  var isHelper: Bool {
    let words = ["exporter", "pgadmin", "commander", "insight", "adminer", "pgbouncer"]
    return words.contains { imageName.contains($0) || name.contains($0) } || imageName.contains("grafana")
      || name == "grafana"
  }

  /// The last word of its image, `postgres` of `registry:5000/team/postgres:15-alpine@sha256:…`; empty when it
  /// is built.
  public var imageName: String {
    let last = image?.split(separator: "/").last ?? ""
    return String(last.prefix { $0 != ":" && $0 != "@" }).lowercased()
  }

  /// Whether its image is one of bitnami's, which have names of their own for everything.
  public var isBitnami: Bool { image?.contains("bitnami") ?? false }

  /// The address at which a port of the container is published; nil when it is not.
  public func webAddress(_ target: Int) -> String? {
    published(target).map(\.webAddress)
  }

  /// Where the ports stand, else the service itself.
  public var home: Location? { places["ports"] ?? places[""] }

  /// The first value of these variables that isn't empty, of secrets' files before others; nil: none.
  public func value(of names: [String]) -> String? {
    names.lazy.compactMap { fileValues[$0] ?? environment[$0] }.first { !$0.isEmpty }
  }

  /// Where the compose file tells that value; nil: nowhere.
  public func place(of names: [String]) -> Location? {
    names.lazy.filter { value(of: [$0]) != nil }
      .compactMap { places["environment.\($0)"] ?? places["environment.\($0)_FILE"] }.first
  }

  /// Where that value is to be had again; nil when it stands in the compose file itself.
  public func reference(of names: [String]) -> SecretReference? {
    names.first { value(of: [$0]) != nil }.flatMap { references[$0] }
  }
}

extension ComposePort {
  /// The address to ask HTTP at from here.
  public var webAddress: String { "http://\(host):\(published)" }
}
