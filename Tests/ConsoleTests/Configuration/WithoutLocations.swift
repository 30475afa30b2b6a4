import DataSources

extension Settings {
  /// The same settings without the places they were written at: what to compare after printing them.
  var withoutLocations: Settings {
    var copy = self
    for index in copy.alerts.indices { copy.alerts[index].location = nil }
    for environment in copy.environments.indices {
      for source in copy.environments[environment].sources.indices {
        copy.environments[environment].sources[source].location = nil
      }
      for service in copy.environments[environment].services.indices {
        copy.environments[environment].services[service].liveness?.location = nil
      }
    }
    return copy
  }
}
