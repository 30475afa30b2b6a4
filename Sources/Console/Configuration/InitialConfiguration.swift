import DataSources
import Facts

/// `config init`: what was found, as a configuration of one's own, and what it takes to work.
///
/// Passwords that were found are not written: in their place stands where they are to be had again, a variable
/// of an env file, a secret's file, or else a variable of the environment that must be set.
struct InitialConfiguration {
  /// The text to write.
  let text: String
  /// What must be done before it works, one sentence each; empty: nothing.
  let demands: [String]

  /// Makes it of what was found.
  ///
  /// - Parameters:
  ///   - discovered: the settings that were found.
  ///   - references: where the passwords are to be had again, by the source's id.
  ///   - places: where they are written now, for people.
  ///   - variables: the variables that are set now.
  ///   - notes: what people should know, written as comments.
  init(
    discovered: Settings,
    references: [String: SecretReference] = [:],
    places: [String: Location] = [:],
    variables: [String: String] = [:],
    notes: [String] = []
  ) {
    var settings = discovered
    var demands: [String] = []
    for environment in settings.environments.indices {
      for index in settings.environments[environment].sources.indices {
        let source = settings.environments[environment].sources[index]
        let reference = references[source.id] ?? .environment(Self.variable(source.id))
        guard let written = source.settings.replacingDiscovered(by: reference) else { continue }
        settings.environments[environment].sources[index].settings = written
        let place = places[source.id].map { ", which stands in \($0)" } ?? ""
        demands += Self.demand(of: reference, "the password of \(source.id)\(place)", variables)
      }
    }
    self.demands = demands
    let written = SettingsSchema.standard.write(settings)
    let kept = (written.entries ?? []).filter { ["version", "default", "environments"].contains($0.key) }
    let head = [
      "Written by `switchboard config init` from what was found; passwords stand by reference only."
    ]
    let lines = (head + notes + demands).map { "# \(SafeText($0))\n" }
    text = lines.joined() + YAMLWriter().text(YAMLNode(.mapping(kept), at: Written.nowhere))
  }

  /// `RABBITMQ_PASSWORD` for `rabbitmq`.
  private static func variable(_ id: String) -> String {
    id.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
      + "_PASSWORD"
  }

  private static func demand(
    of reference: SecretReference,
    _ what: String,
    _ variables: [String: String]
  ) -> [String] {
    switch reference {
    case .environment(let name):
      return [
        variables[name] ?? "" == ""
          ? "set the variable \(name): \(what)" : "keep the variable \(name) set: \(what)"
      ]
    case .file, .keyInFile:
      // What the console itself would refuse of the file, in its own words.
      do throws(SourceFailure) {
        _ = try SecretResolver(home: variables["HOME"]) { variables[$0] }.resolve(reference, for: "")
        return []
      } catch {
        return ["\(error.detail): it holds \(what)"]
      }
    case .command, .discovered: return []
    }
  }
}
