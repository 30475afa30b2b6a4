import DataSources
import Foundation
import Testing

/// Every form of an env file, read by the real compose and by us.
@Suite struct EnvironmentFileParityTests {
  private static let forms: [String] = [
    "A=1", "A=", "A", "A=1\nB=2", "A = 1", "A= 1 ", " A=1", "\tA=1\t", "A=1\r\nB=2\r\n", "\u{FEFF}A=1",
    "# c\nA=1", "A=1 # c", "A=1#c", "A=#c", "A= #c", "A=1  # c # d", "A=1\t# c", "#A=1\nB=2", "  # c\nA=1",
    "A='1'", "A=\"1\"", "A='1' # c", "A=\"1\" # c", "A='1'#c", "A=\"1\"x\nB=2", "A='it\\'s'",
    "A=\"pa\\\"ss\"",
    "A=\"a\\nb\"", "A='a\\nb'", "A=a\\nb", "A=\"a\\tb\\rc\\\\d\"", "A=\"\\a\\b\\f\\v\"",
    "A=\"\\q\\x41\\u0041\"",
    "A=\"\\0101\\012x\\0\\08\\0400\"", "A=\"pa\\$w\"", "A=pa\\$w", "A='pa$w'", "A=\"a\\\\b\"", "A=a\\\\b",
    "A=\"one\ntwo\"\nB=2", "A='one\ntwo'\nB=2", "A=\"one # no\ntwo\"", "A: v", "A: 'v'", "A : v", "A:v",
    "A=:v",
    "export A=1", "export  A=1", "export\tA=1", "exportA=1", "export A", "export=1", "EXPORT A=1",
    "A.B=1\nC=2",
    "A-B=1\nC=2", "A[0]=1\nC=2", "1A=1\nB=2", "A B=1", "A!=1", "=1", "A=$B", "B=b\nA=$B", "B=b\nA=${B}c",
    "A=${B:-d}",
    "A=\"${B-d}\"", "A='${B:-d}'", "A=${B:?must}", "A=$$B", "A=\"$$B\"", "A=${B", "A=${}", "A=$1", "A=a$",
    "A=$P", "P=own\nA=$P", "P=own", "A=1\nA=2", "A=1\nB=${A}\nA=3", "A=\"unclosed", "A='unclosed\nB=2",
    "A=\"\"",
    "A=''", "A=\" \"", "A=' # '", "A=é", "É=1\nA=2", "A=a b c", "A='a' 'b'", "A=a'b'", "A=a\"b\"",
    "A=\"a\" B=2",
    "A=\n\n\nB=2", "A\nB=2", "A=1\nB", "B\nA=1", "A=`x`", "A={\"a\": 1}", "A=a=b=c", "A==b",
    "A=\u{A0}x\u{A0}", "",
    "\n", "# only", "A=\\", "A=\"\\\\\"", "A='\\\\'", "A=\"x\\\"\nB=2", "A=null", "A=true", "A=0777",
    "A=\"a\u{2028}b\"",
    "A=${B:+x}", "B=1\nA=${B:+x${B}}", "A=${C:-${B:-${P}}}", "A=%20", "A=~", "A=a;b", "A=\"$P\"'$P'",
    "A=1\u{85}B=2",
  ]

  private static let names = ["A", "B", "C", "P", "A.B", "A-B", "A[0]", "1A", "export", "exportA", "É"]

  /// A directory with these files, gone afterwards.
  private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("env-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (name, text) in files {
      try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + name))
    }
    try body(root)
  }

  private func compare(_ files: [String: String], _ form: String, _ mode: String) throws {
    try withFiles(files) { root in
      let variables = ["P": "process", "HOME": "/nowhere"]
      let real = try RealCompose.read(root, variables)
      let discovery = Discovery.find(from: root, variables: variables)
      let own = RealCompose.Reading(own: discovery)
      guard let real else {
        #expect(own == nil || !discovery.notes.isEmpty, "\(mode): compose refuses \(form.debugDescription)")
        return
      }
      #expect(own?.lines == real.lines, "\(mode): \(form.debugDescription), \(discovery.notes)")
    }
  }

  @Test(arguments: forms)
  func aDotEnvIsReadAsComposeReadsIt(form: String) throws {
    let names = Self.names.map { "'\($0)'" }.joined(separator: ", ")
    let compose = "services: {s: {image: x, environment: [\(names)]}}"
    try compare(["compose.yaml": compose, ".env": form], form, ".env")
  }

  @Test(arguments: forms)
  func anEnvFileIsReadAsComposeReadsIt(form: String) throws {
    let compose = "services: {s: {image: x, env_file: e.env, environment: {C: own}}}"
    try compare(["compose.yaml": compose, "e.env": form], form, "env_file")
  }

  @Test(arguments: forms)
  func aRawEnvFileIsReadAsComposeReadsIt(form: String) throws {
    let compose = "services: {s: {image: x, env_file: [{path: e.env, format: raw}]}}"
    try compare(["compose.yaml": compose, "e.env": form], form, "raw")
  }

  /// Many values one after the other put in a file, in which each stood in another form.
  @Test(arguments: ["V%=old\n", "V%='old' # kept\n", "export V%=\"old\"\n", "V%: old\n", ""])
  func aChangedValueIsReadAsComposeReadsIt(form: String) throws {
    let names = EnvironmentFileEditTests.values.indices.map { "V\($0)" }
    var text = names.map { form.replacing("%", with: $0.dropFirst()) }.joined()
    for (name, value) in zip(names, EnvironmentFileEditTests.values) {
      text = try EnvironmentFile.replacing(name, with: value, in: text, lookup: { ["P": "process"][$0] })
    }
    let own = try EnvironmentFile.parse(text, lookup: { _ in nil })
    #expect(names.map { own[$0] } == EnvironmentFileEditTests.values)
    let list = names.map { "'\($0)'" }.joined(separator: ", ")
    let compose = "services: {s: {image: x, environment: [\(list)]}, t: {image: x, env_file: .env}}"
    try compare(["compose.yaml": compose, ".env": text], text, "changed")
  }
}
