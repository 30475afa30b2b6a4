extension LoopActor {
  /// Decodes JSON: small documents here, others on the thread pool so that no key waits for them.
  @LoopActor public static func decodeJSON(_ bytes: [UInt8]) async -> JSONValue? {
    guard bytes.count > 16 << 10 else { return JSONValue(parsing: bytes) }
    return await onThreadPool { JSONValue(parsing: bytes) }
  }
}
