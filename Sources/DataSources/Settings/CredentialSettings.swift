/// A credential of an outside party, as a configuration tells it: variables that are rotated together, and what proves
/// that the new ones work.
public struct CredentialSettings: Sendable, Hashable {
  /// Its name: `soundhound`.
  public var name: String
  /// The variables, as env files name them.
  public var variables: [String]
  /// Those of them that are no secrets, such as an address: they are shown as they are typed.
  public var visible: [String]
  /// What must hold after a rotation; nil: a quick test must pass.
  public var gate: String?
  /// Whether a quick test must pass where no gate is told; without either a rotation rests on values and logs.
  public var isTested: Bool
  /// What in the logs of a service says that it was not let in.
  public var errors: String
  /// Older than this it is WARN.
  public var warnAfter: Duration
  /// Where it stands.
  public var location: Location?

  /// What the logs of most clients say of a key that isn't taken.
  public static let usualErrors =
    #"(?i)unauthori[sz]ed|forbidden|authentication (failed|error)|invalid (api[ _-]?key|client|credential|token)|\b(HTTP|status|code)\W{1,3}40[13]\b"#

  /// Makes a credential; 90 days unless told.
  public init(
    name: String,
    variables: [String] = [],
    visible: [String] = [],
    gate: String? = nil,
    isTested: Bool = true,
    errors: String = Self.usualErrors,
    warnAfter: Duration = .seconds(90 * 86_400),
    location: Location? = nil
  ) {
    self.name = name
    self.variables = variables
    self.visible = visible
    self.gate = gate
    self.isTested = isTested
    self.errors = errors
    self.warnAfter = warnAfter
    self.location = location
  }

  /// The credentials of the speech provider, which the runbook rotates.
  public static let builtIn = [
    CredentialSettings(
      name: "soundhound",
      variables: ["SOUNDHOUND_API_KEY", "SOUNDHOUND_CLIENT_ID", "SOUNDHOUND_ENDPOINT"],
      visible: ["SOUNDHOUND_ENDPOINT"]
    )
  ]
}
