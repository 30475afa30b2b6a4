import DataSources
import Facts

extension Runtime {
  /// What the preview of a restart shows.
  func restartPreview(of service: ServiceReading) -> String? { request(.restart, service)?.shown }

  /// Asks for a restart as the executor does.
  func restart(_ service: ServiceReading) async throws(SourceFailure) {
    guard let request = request(.restart, service) else {
      throw SourceFailure(.misconfigured, at: descriptor.address, detail: "it can't restart")
    }
    try await perform(request)
  }
}
