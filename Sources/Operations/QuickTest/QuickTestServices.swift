/// What a quick test needs of its environment.
public struct QuickTestServices: Sendable {}
