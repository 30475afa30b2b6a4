extension ScriptedServer {
  /// Answers each request line (`GET /version`, without the protocol) with what `answer` has for it, else 404 and `missing`.
  static func routing(
    unixSocket path: String? = nil,
    missing: String = #"{"message":"page not found"}"#,
    _ answer: @escaping @Sendable (_ line: String) -> [UInt8]?
  ) -> ScriptedServer {
    ScriptedServer(unixSocket: path) { connection in
      guard let head = connection.readRequest(), let line = head.split(separator: "\r\n").first else {
        return
      }
      let words = line.split(separator: " ").prefix(2).joined(separator: " ")
      let found = answer(words)
      let body = found ?? Array(missing.utf8)
      let status = found == nil ? "404 Not Found" : "200 OK"
      connection.write("HTTP/1.1 \(status)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n")
      connection.write(body)
    }
  }
}
