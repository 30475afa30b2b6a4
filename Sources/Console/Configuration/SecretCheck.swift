import DataSources
import Facts

/// Whether the secrets that a configuration refers to can be had here and now; commands are not run.
enum SecretCheck {
  /// One problem for each that can't, at the place where it is referred to; never a value.
  static func problems(
    _ configuration: Configuration,
    variables: [String: String]
  ) -> [ConfigurationProblem] {
    let resolver = SecretResolver(home: variables["HOME"]) { variables[$0] }
    var problems: [ConfigurationProblem] = []
    for environment in configuration.settings.environments {
      for source in environment.sources {
        let root = ["environments", environment.name, "sources", source.id]
        for (reference, keys, _) in source.settings.references {
          do throws(SourceFailure) {
            _ = try resolver.resolve(reference, for: source.settings.address ?? source.id)
          } catch {
            guard let place = configuration.origins[root + keys] else { continue }
            problems.append(ConfigurationProblem(error.detail, at: place))
          }
        }
      }
    }
    return problems.sorted()
  }
}
