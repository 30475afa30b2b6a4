/// The environment that is open, as far as the screen names it.
struct EnvironmentInfo: Hashable, Sendable {
  /// The name in the configuration.
  var name: String
  /// The label in the header.
  var label: String
  /// The colour of the label.
  var color: String
  /// The project beside the label; may be empty.
  var project: String
  /// What runs the services: `supervisor`, `compose voiceai`.
  var runtime: String
  /// Whether anything runs the services: else no log is known.
  var hasRuntime = true
  /// The sources whose databases can be asked by hand, the first one first.
  var databases: [String] = []
  /// All environments that `:env` can open.
  var others: [String]
  /// What the command line must be told to open the same one: `--env prod`; empty if it does by itself.
  var options: [String] = []
}
