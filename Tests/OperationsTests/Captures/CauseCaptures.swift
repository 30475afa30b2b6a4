import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// The failures of the real stack: the reasons in its tables, and its logs.
@Suite(.enabled(if: Captures.areHere, Comment(rawValue: Captures.reason)))
struct CauseCaptureTests {
  /// The rows of a CSV file (RFC 4180), by the names of its columns.
  private static func rows(_ name: String) -> [[String: String]] {
    var lines: [[String]] = []
    var line: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    let bytes = Captures.bytes(name) ?? []
    for (index, byte) in bytes.enumerated() {
      switch Unicode.Scalar(byte) {
      case "\"":
        // A quote right behind a closing one stands for itself.
        if !isQuoted, index > 0, bytes[index - 1] == byte { field.append(byte) }
        isQuoted.toggle()
      case "," where !isQuoted, "\n" where !isQuoted:
        line.append(String(decoding: field, as: UTF8.self))
        field = []
        guard byte == 0x0A else { break }
        lines.append(line)
        line = []
      default: field.append(byte)
      }
    }
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { Dictionary(zip(header, $0)) { $1 } }
  }

  /// The reason of each failure: what an execution says, or the first error of a validation.
  private static func reasons() throws -> [(text: String, language: String?)] {
    let executions = rows("csv/multi_turn_executions.csv").compactMap { row in
      row["error_message"].flatMap { $0.isEmpty ? nil : (text: $0, language: String?.none) }
    }
    let validations = rows("csv/validation_results.csv").compactMap { row in
      JSONValue(parsing: Array((row["houndify_result"] ?? "").utf8))?["errors"]?.list?.first?.text
        .map { (text: $0, language: row["language_code"]) }
    }
    return executions + validations
  }

  @Test func theFailuresAreTwelveVariantsOfSixCauses() throws {
    var finder = CauseFinder()
    let reasons = try Self.reasons()
    #expect(reasons.count == 68)
    for reason in reasons {
      finder.add(
        reason.text,
        labels: [reason.language.flatMap { finder.label("language", $0) }].compactMap { $0 }
      )
    }
    let causes = finder.report().causes
    #expect(
      Set(causes.map { "\($0.template) \($0.count) in \($0.variants.count)" }) == [
        "Missing entity: ‹…› 35 in 2", "Missing required phrase: ‹…› 16 in 5",
        "CommandKind mismatch: expected ‹…›, got ‹…› 7 in 2", "Text-to-speech generation failed: ‹…› 4 in 1",
        "Confidence too low: ‹…› < ‹…› 3 in 1", "Regex pattern not matched: ‹…› 3 in 1",
      ]
    )
    #expect(causes.allSatisfy { $0.furtherLines == 0 })
  }

  @Test(arguments: ["backend", "celery-worker", "celery-beat"]) func logsAreRead(name: String) throws {
    var logs = LogCauses(keepsPlaces: true)
    logs.begin(file: name)
    try #require(Captures.bytes("logs/\(name).log")).withUnsafeBytes { logs.read($0) }
    logs.endFile()
    let report = logs.report()
    #expect(logs.places.count == report.count && report.count > 0)
    // Most lines say one of a few things.
    #expect(report.causes.count * 4 < report.count || name == "celery-beat")
    for place in logs.places { #expect(place.line + place.lines - 1 <= logs.lines) }
  }
}
