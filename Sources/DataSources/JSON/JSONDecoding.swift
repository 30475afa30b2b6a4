extension LoopActor {
  /// Decodes JSON: small documents here, others on the thread pool so that no key waits for them.
  @LoopActor public static func decodeJSON(_ bytes: [UInt8]) async -> JSONValue? {
    await DecodingLane.run(bytes.count) { JSONValue(parsing: bytes) }
  }
}
