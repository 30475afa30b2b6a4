import DataSources
import Facts
import FoundationEssentials
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// A private Docker Engine of the tests' own, without network rules, on a unix socket of its own.
///
/// It needs root and the package docker.io. One is started a test process and ended with it; those
/// that an earlier, killed test process left behind are ended first.
final class TestEngine: Sendable {
  /// The one that the suites share: never killed by a test.
  static let shared = Result { try TestEngine() }

  /// Why there is no engine.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  static let image = "switchboard-test:1"
  /// Prints to its health check what it likes and ends on TERM.
  static let idle = "trap 'exit 0' TERM; while sleep 0.1; do :; done"

  let directory: String
  private let process: TestProcess
  var socket: String { "\(directory)/docker.sock" }
  var endpoint: ServerEndpoint { ServerEndpoint(socket: socket, name: "docker") }
  private var pidFile: String { "\(directory)/pid" }

  init() throws {
    guard geteuid() == 0 else { throw Missing(description: "a private Docker Engine needs root") }
    for program in ["/usr/sbin/dockerd", "/bin/busybox", "/usr/bin/curl"] {
      guard access(program, X_OK) == 0 else {
        throw Missing(description: "\(program) is missing: install docker.io, busybox-static, curl")
      }
    }
    Self.sweep()
    directory = TestProcess.directory()
    let path = directory
    process = TestProcess(
      [
        "/usr/bin/env", "\(Self.mark)=\(getpid())", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "/usr/sbin/dockerd",
        "--host",
        "unix://\(path)/docker.sock",
        "--data-root", "\(path)/data", "--exec-root", "\(path)/exec", "--pidfile", "\(path)/pid",
        "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
        "--shutdown-timeout=1", "--debug",
      ],
      log: "\(path)/log"
    )
    Self.started.withLock { $0.append((process, path)) }
    _ = Self.stopsAtExit
    var tries = 0
    while !isAnswering, tries < 600 {
      usleep(20_000)
      tries += 1
    }
    guard tries < 600 else { throw Missing(description: "dockerd doesn't answer, see \(path)/log") }
    try importImage()
  }

  /// The requests that change something and have reached it so far: `POST /v1.41/containers/ID/restart?t=10`.
  ///
  /// From its own log: what the engine itself says that it was asked.
  var writes: [String] { calls.filter { !$0.hasPrefix("GET ") && !$0.hasPrefix("HEAD ") } }

  /// All requests that have reached it so far.
  var calls: [String] {
    let log = (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
    return log.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "msg=\"Calling ", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      return String(parts[1].prefix { $0 != "\"" })
    }
  }

  /// Ends it as an operator would who doesn't ask it: at once.
  func kill() {
    process.send(SIGKILL)
    process.wait()
  }

  func freeze() { process.send(SIGSTOP) }
  func thaw() { process.send(SIGCONT) }

  /// Sends one request of the API with curl; answers the body.
  @discardableResult func ask(_ method: String, _ path: String, _ body: String = "") throws -> String {
    let input = "\(directory)/request.\(UInt64.random(in: 0...UInt64.max))"
    let output = input + ".reply"
    try Data(body.utf8).write(to: URL(filePath: input))
    defer {
      unlink(input)
      unlink(output)
    }
    let status = TestProcess(
      [
        "/usr/bin/curl", "-sS", "--fail-with-body", "-o", output, "--unix-socket", socket, "-X", method, "-H",
        "Content-Type: application/json", "--data-binary", "@\(input)", "http://docker\(path)",
      ],
      log: "\(directory)/curl.log"
    ).wait()
    let reply =
      (try? Data(contentsOf: URL(filePath: output))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard status == 0 else { throw Missing(description: "\(method) \(path): \(reply)") }
    return reply
  }

  /// Creates and starts a container as compose would label it; answers its full id.
  @discardableResult func run(
    _ name: String,
    project: String,
    service: String,
    number: Int = 1,
    command: String = TestEngine.idle,
    oneOff: Bool = false,
    policy: String = "",
    health: String? = nil,
    retries: Int = 1,
    terminal: Bool = false
  ) throws -> String {
    var check = ""
    if let health {
      check =
        #","Healthcheck":{"Test":["CMD-SHELL","\#(health)"],"Interval":200000000,"Timeout":1000000000,"Retries":\#(retries)}"#
    }
    let body = #"""
      {"Image":"\#(Self.image)","Cmd":["sh","-c","\#(command)"],"Tty":\#(terminal),"Labels":{"com.docker.compose.project":"\#(project)",
      "com.docker.compose.service":"\#(service)","com.docker.compose.container-number":"\#(number)",
      "com.docker.compose.oneoff":"\#(oneOff ? "True" : "False")","com.docker.compose.project.working_dir":"/srv/\#(project)",
      "com.docker.compose.project.config_files":"docker-compose.yml"},
      "HostConfig":{"NetworkMode":"none","Init":true,"RestartPolicy":{"Name":"\#(policy)"}}\#(check)}
      """#
    let reply = try ask("POST", "/containers/create?name=\(name)", body)
    let id = try #require(JSONValue(parsing: Array(reply.utf8))?["Id"]?.text)
    try ask("POST", "/containers/\(id)/start")
    return id
  }

  private var isAnswering: Bool { (try? ask("GET", "/_ping")) == "OK" }

  /// Debian's static busybox, packed and imported: an image without a registry.
  private func importImage() throws {
    runToItsEnd(
      [
        "/bin/sh", "-c",
        """
        mkdir -p \(directory)/root/bin && cp /bin/busybox \(directory)/root/bin/ && cd \(directory)/root/bin &&
        for a in sh sleep true false test touch rm echo; do ln -s busybox $a; done && cd .. &&
        tar -cf ../root.tar . && curl -sS --fail --unix-socket \(socket) -X POST -H 'Content-Type: application/x-tar' \
        --data-binary @../root.tar 'http://d/images/create?fromSrc=-&repo=switchboard-test&tag=1'
        """,
      ],
      log: "\(directory)/import.log"
    )
  }
}
