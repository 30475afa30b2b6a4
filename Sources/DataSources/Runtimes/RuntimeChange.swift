public import Facts

/// Something that was seen to happen to a service, whoever did it.
public struct RuntimeChange: Sendable, Hashable {
  /// The same from poll to poll, and another for each.
  public var id: String
  /// The service.
  public var service: String
  /// When, by the runtime's clock.
  public var time: WallTime
  /// What, with the service's name.
  public var text: String
  /// How bad it is by itself.
  public var state: FactState

  /// Describes a change.
  public init(id: String, service: String, time: WallTime, text: String, state: FactState = .ok) {
    self.id = id
    self.service = service
    self.time = time
    self.text = CredentialWords.struckOut(of: text)
    self.state = state
  }
}

/// What a runtime has seen to happen lately; what falls out of it does not come back.
public struct RuntimeChanges: Snapshot {
  /// The changes, the oldest first.
  public var changes: [RuntimeChange]

  /// Makes a snapshot.
  public init(_ changes: [RuntimeChange]) { self.changes = changes }
}
