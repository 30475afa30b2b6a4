extension Discovery {
  /// Where each discovered setting is written, by its keys from the root.
  public var places: [[String]: Location] {
    guard let project, let file = project.files.first else { return [:] }
    let root = ["environments", Self.environmentName]
    let start = Location(file: file, line: 1, column: 1)
    var places: [[String]: Location] = [:]
    for key in ["kind", "project", "files"] { places[root + ["runtime", key]] = start }
    places[root + ["runtime", "project"]] = project.place ?? start
    for found in found {
      let source = root + ["sources", found.id]
      places[source + ["type"]] = found.service.home
      places[source + [found.kind.addressKey]] = found.service.home
      for (key, place) in found.finding.places { places[source + [key]] = place }
    }
    for source in settings.environments.flatMap(\.sources) {
      let worker = project.services.first { $0.name == source.settings.worker }
      places[root + ["sources", source.id, "worker"]] = worker?.places[""]
    }
    for service in project.services where service.isActive {
      let entry = root + ["services", service.name]
      for key in ["class", "probe"] { places[entry + [key]] = service.places[""] }
      for key in ["source", "path", "when"] { places[entry + ["liveness", key]] = service.places[""] }
      places[entry + ["needs"]] = service.places["depends_on"] ?? service.places[""]
      places[entry + ["one_shot"]] = project.waiter(for: service)?.places["depends_on"]
    }
    return places
  }

  /// Where the password of each source is written in the compose files, by the source's id.
  public var passwordPlaces: [String: Location] {
    Dictionary(
      uniqueKeysWithValues: found.compactMap { source in source.finding.passwordPlace.map { (source.id, $0) }
      }
    )
  }
}

extension EnvironmentSettings {
  /// Takes what the compose project says where the configuration says nothing: which services there are, what
  /// each needs, and who works for a source.
  ///
  /// - Returns: where what was taken is written, by its keys from the environment.
  public mutating func takeDefaults(from project: ComposeProject) -> [[String]: Location] {
    var taken: [[String]: Location] = [:]
    let active = project.services.filter(\.isActive)
    let names = Set(active.map(\.name))
    for index in sources.indices {
      let isTold = sources[index].settings.worker != nil
      sources[index].settings.complete(by: active)
      guard !isTold else { continue }
      let worker = active.first { $0.name == sources[index].settings.worker }
      taken[["sources", sources[index].id, "worker"]] = worker?.places[""]
    }
    for declared in active {
      if !services.contains(where: { $0.name == declared.name }) {
        services.append(ServiceSettings(name: declared.name))
      }
      guard let index = services.firstIndex(where: { $0.name == declared.name }) else { continue }
      if services[index].needs == nil {
        services[index].needs = declared.dependsOn.filter(names.contains)
        taken[["services", declared.name, "needs"]] = declared.places["depends_on"] ?? declared.places[""]
      }
      if services[index].isOneShot == nil, let waiter = project.waiter(for: declared) {
        services[index].isOneShot = true
        taken[["services", declared.name, "one_shot"]] = waiter.places["depends_on"]
      }
    }
    return taken
  }
}
