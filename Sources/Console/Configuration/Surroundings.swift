import DataSources
import Facts

/// What a configuration is read beside: names that stand elsewhere.
struct Surroundings: Sendable {
  /// The names of the themes; nil: any is taken.
  var themes: [String]?
  /// The compose project of a runtime, as far as its files are here; nil: they are not.
  var project: @Sendable (RuntimeSettings) -> Discovery?

  /// Nothing is known of what is around.
  static let none = Surroundings(project: { _ in nil })

  /// What is around a directory.
  static func around(_ directory: String, variables: [String: String]) -> Surroundings {
    Surroundings(
      themes: BuiltInThemes.all().keys.sorted(),
      project: { runtime in
        guard case .compose(let name, _, let files) = runtime else { return nil }
        guard files.isEmpty else {
          return Discovery.read(
            files.map { UpwardSearch.absolute($0, in: directory) },
            variables: variables
          )
        }
        // Files that are only near are this project's if they say so.
        let found = Discovery.find(from: directory, variables: variables)
        return found.project?.name == name ? found : nil
      }
    )
  }
}

extension Configuration {
  /// Takes from the compose files what the environments don't tell themselves.
  mutating func complete(by surroundings: Surroundings) {
    for index in settings.environments.indices {
      let environment = settings.environments[index]
      guard let discovery = surroundings.project(environment.runtime) else { continue }
      if let refusal = discovery.refusal {
        notes.append("\(refusal): what the services of \(SafeText(environment.name)) need is not known")
      }
      guard let project = discovery.project else { continue }
      notes += project.notes
      projects[environment.name] = project
      let taken = settings.environments[index].takeDefaults(from: project)
      for (keys, place) in taken { origins[["environments", environment.name] + keys] = place }
    }
  }

  /// The configuration without environments, completed by what was found.
  func found(by discovery: Discovery) -> Configuration {
    var result = self
    result.settings.environments = discovery.settings.environments
    result.discovery = discovery
    result.notes = discovery.notes
    result.origins.merge(discovery.places) { _, place in place }
    return result
  }
}
