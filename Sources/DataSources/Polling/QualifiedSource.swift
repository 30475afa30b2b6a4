internal import Facts

/// A further source of a kind: the same, but its id stands before the names of all its facts, so that two
/// sources never tell the same one.
@LoopActor final class QualifiedSource: Source {
  let descriptor: SourceDescriptor
  private let source: any Source

  /// Wraps a source that nobody else polls.
  init(_ source: any Source) {
    self.source = source
    var descriptor = source.descriptor
    descriptor.qualifier = descriptor.id
    descriptor.declares = descriptor.declares.map { fact in
      FactDeclaration(fact.name.qualified(by: descriptor.id), kind: fact.kind, unit: fact.unit)
    }
    self.descriptor = descriptor
  }

  func poll() async throws(SourceFailure) -> SourceReading {
    var reading = try await source.poll()
    for index in reading.observations.indices {
      reading.observations[index].name = reading.observations[index].name.qualified(by: descriptor.id)
    }
    return reading
  }

  func close() {
    source.close()
  }
}
