import Facts
import Testing

@testable import DataSources

/// What is taken off a log line, and what isn't.
struct LogLineTests {
  private func read(_ line: String) -> (message: String, level: String?, seconds: Double?) {
    let bytes = Array(line.utf8)
    let parts = bytes.withUnsafeBytes { LogLine().read($0) }
    return (String(decoding: bytes[parts.message], as: UTF8.self), parts.level, parts.time?.secondsSince1970)
  }

  @Test(arguments: [
    (
      "2026-11-23 17:21:38,783 - api.sentry_config - INFO - Sentry DSN not provided",
      "Sentry DSN not provided", "INFO"
    ),
    (
      "[2026-11-23 17:25:06,047: INFO/ForkPoolWorker-2] Uploading 38444 bytes", "Uploading 38444 bytes",
      "INFO"
    ),
    ("7:M 28 Nov 2026 17:21:38.783 # Short read or OOM", "Short read or OOM", "WARNING"),
    (
      "INFO:     127.0.0.1:47188 - \"GET /health HTTP/1.1\" 200 OK",
      "127.0.0.1:47188 - \"GET /health HTTP/1.1\" 200 OK", "INFO"
    ),
    (
      "2026-11-23 17:25:06.047 UTC [123] ERROR:  relation \"x\" does not exist",
      "relation \"x\" does not exist", "ERROR"
    ),
    ("2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop.MRAppMaster: Created it", "Created it", "INFO"),
    ("081109 203615 148 INFO dfs.DataNode$PacketResponder: Received block", "Received block", "INFO"),
    ("17/06/09 20:10:40 INFO executor.Executor: Running task", "Running task", "INFO"),
    ("[Sun Dec 04 04:47:44 2005] [error] [client 1.2.3.4] denied", "[client 1.2.3.4] denied", "ERROR"),
    ("2026/11/23 17:25:06 [error] 23#24: *17 connect() failed", "connect() failed", "ERROR"),
    ("backend-1  | 2026-11-23 17:21:38,783 - root - WARNING - slow", "slow", "WARNING"),
    (
      "{\"level\": \"error\", \"time\": \"2026-11-23T17:25:06Z\", \"msg\": \"it broke\", \"n\": [1, {}]}",
      "it broke", "ERROR"
    ),
    ("{\"event\": \"a\", \"message\": \"b\"}", "b", nil),
    ("Nov 23 17:25:06 host sshd[12]: Failed password", "Failed password", nil),
    ("ERROR: it broke", "it broke", "ERROR"),
    ("2026-11-23 17:21:38.783000+00:00 [error] <0.208.0> it broke", "it broke", "ERROR"),
    ("2026-11-23 17:21:38,783 - root - INFO - [HOUNDIFY] Using it", "[HOUNDIFY] Using it", "INFO"),
  ]) func headersAreTakenOff(line: String, message: String, level: String?) {
    let parts = read(line)
    #expect(parts.message == message && parts.level == level)
  }

  @Test(arguments: [
    "Missing entity: 'time'", "Error evaluating with openrouter: a key is required", "information is scarce",
    "", "{not json}",
    "{\"n\": 1}", "2026-11-23 was a Monday", "[a] b", "error: it broke", "psycopg2.OperationalError: refused",
    "Log: a",
  ]) func whatIsNoHeaderStays(line: String) {
    #expect(read(line).message == line && read(line).seconds == nil)
  }

  @Test func timesAreRead() {
    #expect(read("2026-11-23 17:25:06,500 - root - INFO - a").seconds == 1_795_454_706.5)
    #expect(read("2026-11-23T18:25:06+01:00 INFO a").seconds == 1_795_454_706)
    #expect(read("[2026-11-23 17:25:06,000: INFO/MainProcess] a").seconds == 1_795_454_706)
    // No year: nobody knows which.
    #expect(read("Nov 23 17:25:06 host sshd[12]: a").seconds == nil)
  }

  @Test func everyPrefixOfALineIsRead() {
    let lines = [
      "[2026-11-23 17:25:06,047: INFO/ForkPoolWorker-2] Uploading",
      "2026/11/23 17:25:06 [error] 23#24: *17 a",
      "[Sun Dec 04 04:47:44 2005] [error] a",
      "{\"level\": \"error\", \"msg\": \"it \\\" broke\", \"n\": [1, {}]}",
      "Nov 23 17:25:06 host sshd[12]: a", "backend-1  | INFO:     a",
    ]
    for line in lines {
      for length in 0...line.utf8.count {
        let bytes = Array(line.utf8.prefix(length))
        let range = bytes.withUnsafeBytes { LogLine().read($0).message }
        #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count)
      }
    }
  }
}
