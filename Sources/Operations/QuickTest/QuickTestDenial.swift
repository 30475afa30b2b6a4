internal import DataSources

/// What a reply says against a test that passed, whatever else it says.
enum QuickTestDenial {
  private static let claims = ["success", "all_passed", "passed"]
  private static let ends: Set<String> = ["failed", "error", "cancelled", "canceled", "timeout"]
  private static let errors = ["error", "errors"]

  /// `the reply says all_passed: false`, since anything but true denies a claim; nil where nothing is told against it.
  static func words(in reply: JSONValue) -> String? {
    let data = reply["data"]
    let parts = [reply, data, reply["result"], data?["result"]].compactMap { $0 }
    for part in parts {
      for claim in claims {
        guard let told = part[claim], told != .null, told.flag != true else { continue }
        return "the reply says \(claim): \(told.flag == false ? "false" : "what is not true")"
      }
      if let status = part["status"]?.text?.lowercased(), ends.contains(status) {
        return "the reply says status: \(status)"
      }
      for error in errors where !isNothing(part[error]) { return "the reply tells of an \(error)" }
    }
    return nil
  }

  private static func isNothing(_ value: JSONValue?) -> Bool {
    switch value {
    case nil, .null?: true
    case .text(let text)?: text.isEmpty
    case .list(let list)?: list.isEmpty
    case .flag(let flag)?: !flag
    case .number?, .object?, .broken?: false
    }
  }
}
