import Facts
import TestSupport
import Testing

@testable import DataSources

/// Addresses of the configuration: read or refused, and never shown with their password.
@Suite struct AddressSweepTests {
  private static let password = "geheim"
  private static let mutation = Mutation(
    of: "http://ops:geheim@localhost:8000/x?token=geheim&q=1",
    "https://[::1]:443/",
    "unix:///run/docker.sock",
    "postgresql://postgres:geheim@localhost:5433/voiceai_testing?sslmode=require",
    "redis://ops:geheim@redis:6380/2",
    "tcp://127.0.0.1:2375",
    "host=a port=5432 password=geheim dbname=x",
    pieces: ["://", "@", ":", "/", "?", "#", "[", "]", "%", "%65", "&", "=", "rediss://", "/var/run/x", ","]
  )

  @Test func originsAndPartsAreReadOrRefused() {
    let failures = Sweep(seed: 1, cases: 5_000).failures(of: Self.mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      if let origin = WebOrigin(of: text), !(1...65_535).contains(origin.port) || origin.host.isEmpty {
        return "an origin that is none: \(origin)"
      }
      if let port = SourceAddress(text)?.port, !(1...65_535).contains(port) { return "port \(port)" }
      _ = redacted(text)
      _ = try? ServerEndpoint(text, name: "docker")
      _ = HTTPRequest("GET", text).shown
      return nil
    }
    #expect(failures == [])
  }

  @Test func optionsAreReadOrRefusedAndNeverShowThePassword() {
    let failures = Sweep(seed: 20_000, cases: 4_000).failures(of: Self.mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      // A word that also stands elsewhere may be a host's name as well.
      let isPasswordAlone = text.ranges(of: Self.password).count == 1
      var shown: [String] = []
      do throws(SourceFailure) {
        let options = try PostgresOptions(address: text)
        if isPasswordAlone, options.password?.matches(Secret(Self.password)) == true {
          shown.append(options.address)
        }
      } catch {
        shown.append("\(error)")
      }
      do throws(SourceFailure) {
        let options = try RedisOptions(address: text)
        if isPasswordAlone, options.password?.matches(Secret(Self.password)) == true {
          shown.append(options.address)
        }
      } catch {
        shown.append("\(error)")
      }
      return shown.first { $0.contains(Self.password) }.map { "the password is shown: \($0)" }
    }
    #expect(failures == [])
  }
}
