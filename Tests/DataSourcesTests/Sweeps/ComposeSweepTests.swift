import TestSupport
import Testing

@testable import DataSources

@Suite struct ComposeSweepTests {
  private static let pieces = [
    "$", "${", "}", ":", "-", "[", "]", "{", "\n", "\"", "*env", "!reset ", ":-", ":?", "${A:-${B}}", "<<: ",
    "services:", "ports:", "0-65535:1-2", "/udp", "é",
  ]

  @Test func mutationsOfAComposeFileAreReadOrRefused() {
    var read = 0
    let mutation = Mutation(of: stackCompose, pieces: Self.pieces)
    let failures = Sweep(seed: 1, cases: 1_000).failures(of: mutation) { bytes in
      do throws(YAMLError) {
        let project = try ComposeReader.read(
          [.init(path: "c", bytes: bytes)],
          directory: "/",
          variables: ComposeVariables(process: ["A": "${A}"], file: ["B": "$A"])
        )
        read += 1
        for environment in Discovery(project: project).settings.environments {
          let ids = environment.sources.map(\.id)
          if Set(ids).count != ids.count { return "the same source twice: \(ids)" }
        }
        return project.services.flatMap(\.ports).allSatisfy { (1...65_535).contains($0.published) }
          ? nil : "a port that is none"
      } catch {
        return error.location.line >= 1 && !error.message.isEmpty ? nil : "an error without a place"
      }
    }
    #expect(failures == [])
    #expect(read > 0)
  }

  @Test func variablesEndWhateverTheyAre() {
    let mutation = Mutation(
      of: "postgresql://${USER:-postgres}:${PASS?no}@$HOST:${PORT:-${OTHER:-5432}}/$$x ${A+b}",
      pieces: Self.pieces + ["${${", "$$", ":+", "+", "?", "${A", "_"]
    )
    let failures = Sweep(seed: 5_000, cases: 3_000).failures(of: mutation) { bytes in
      var trouble = ComposeVariables.Trouble()
      let variables = ComposeVariables(process: ["A": "${A}", "USER": ""], file: ["OTHER": "$OTHER"])
      _ = variables.interpolate(String(decoding: bytes, as: UTF8.self), &trouble)
      return trouble.missing.contains("") ? "a variable without a name" : nil
    }
    #expect(failures == [])
  }

  @Test func environmentFilesAndPortsAreReadOrSkipped() {
    let mutation = Mutation(
      of: "A=1\nexport B='x # y'\nC=\"$A ${B:-c}\" # d\n# e\n\nF=",
      "127.0.0.1:8000-8002:80-82/tcp",
      "[::1]:8080:80",
      pieces: Self.pieces + ["export ", "=", "#", "'", "99999-1", "\r"]
    )
    let failures = Sweep(seed: 9_000, cases: 2_000).failures(of: mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(EnvironmentFile.Failure) {
        let found = try EnvironmentFile.parse(text, lookup: { _ in nil })
        if found.keys.contains(where: { $0.isEmpty || $0.contains("=") }) { return "a name that is none" }
        _ = try EnvironmentFile.parseRaw(text, lookup: { _ in nil })
      } catch {
        if error.line < 1 || error.message.isEmpty { return "an error without a place" }
      }
      _ = ComposeText.command(text)
      let ports = ComposeText.ports(text)
      let areAll = ports.allSatisfy {
        (1...65_535).contains($0.published) && (1...65_535).contains($0.target)
      }
      return areAll && ports.count <= 256 ? nil : "\(ports)"
    }
    #expect(failures == [])
  }
}
