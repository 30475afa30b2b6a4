/// The kinds of sources.
public struct SourceCatalog: Sendable {
  /// The kinds, in the order they are documented.
  public let kinds: [any SourceSettings.Type]

  /// Makes a catalogue.
  public init(_ kinds: [any SourceSettings.Type]) {
    self.kinds = kinds
  }

  /// The kinds that come with the console.
  public static let standard = SourceCatalog([
    HTTPEndpointSettings.self,
    PrometheusSettings.self,
    RabbitMQSettings.self,
    PostgresSettings.self,
    RedisSettings.self,
    AlertmanagerSettings.self,
  ])

  /// The kinds that a compose file may tell of.
  var discoverable: [any DiscoverableSource.Type] {
    kinds.compactMap { $0 as? any DiscoverableSource.Type }
  }

  /// The kind that a service of a compose project means; nil: none, as of exporters and admin pages.
  ///
  /// The image has the first word, then the name, then the ports.
  public func kind(of service: ComposeService) -> (any DiscoverableSource.Type)? {
    guard !service.isHelper else { return nil }
    var best: (claim: ComposeClaim, kind: any DiscoverableSource.Type)?
    for kind in discoverable {
      guard let claim = kind.claim(on: service), best.map({ $0.claim < claim }) ?? true else { continue }
      best = (claim, kind)
    }
    return best?.kind
  }

  /// The variables by which images are told accounts; each may end in `_FILE`.
  public var accountVariables: Set<String> {
    Set(discoverable.flatMap { $0.accountVariables })
  }
}
