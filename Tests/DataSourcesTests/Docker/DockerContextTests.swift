import Facts
import Foundation
import Testing

@testable import DataSources

/// Which engine is asked: as docker itself finds it.
@Suite struct DockerContextTests {
  init() { EventLoop.runOnOwnThread() }

  /// A docker directory with the contexts `far`, `tls` and `near`; gone afterwards.
  private func withContexts(_ current: String?, _ body: ([String: String]) throws -> Void) throws {
    let home = FileManager.default.temporaryDirectory.appendingPathComponent("dc-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: home) }
    var files = [
      "contexts/meta/1a/meta.json":
        #"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://ops@far.example","SkipTLSVerify":false}}}"#,
      "contexts/meta/2b/meta.json":
        #"{"Name":"tls","Endpoints":{"docker":{"Host":"tcp://10.0.0.9:2376","SkipTLSVerify":false}}}"#,
      "contexts/meta/3c/meta.json":
        #"{"Name":"near","Endpoints":{"docker":{"Host":"unix:///run/near.sock"}}}"#,
      "contexts/tls/2b/docker/ca.pem": "", "contexts/tls/2b/docker/cert.pem": "",
      "contexts/tls/2b/docker/key.pem": "",
    ]
    if let current { files["config.json"] = #"{"auths":{},"currentContext":"\#(current)"}"# }
    for (name, text) in files {
      let path = URL(fileURLWithPath: home + "/.docker/" + name)
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try Data(text.utf8).write(to: path)
    }
    try body(["HOME": home])
  }

  @Test(
    arguments: [
      (nil, [:], nil, "unix:///var/run/docker.sock"), ("far", [:], "far", "ssh://ops@far.example"),
      ("default", [:], nil, "unix:///var/run/docker.sock"),
      ("far", ["DOCKER_CONTEXT": "near"], "near", "unix:///run/near.sock"),
      ("far", ["DOCKER_CONTEXT": ""], "far", "ssh://ops@far.example"),
      ("far", ["DOCKER_CONTEXT": "default"], nil, "unix:///var/run/docker.sock"),
      ("far", ["DOCKER_CONTEXT": "near", "DOCKER_HOST": "unix:///own"], nil, "unix:///own"),
      ("far", ["DOCKER_HOST": ""], "far", "ssh://ops@far.example"),
    ] as [(String?, [String: String], String?, String)]
  )
  func theOrderIsDockersOwn(
    current: String?,
    variables: [String: String],
    name: String?,
    address: String
  ) throws {
    try withContexts(current) { home in
      let context = try DockerContext.current(home.merging(variables) { $1 })
      #expect(context == DockerContext(name: name, address: address))
      #expect(context.place == (name == "far" ? "far" : nil))
    }
  }

  @Test func anEngineElsewhereIsProduction() throws {
    try withContexts("far") { home in
      let context = try DockerContext.current(home)
      let environment = EnvironmentSettings(
        name: "e",
        runtime: .compose(project: "p", engine: nil, files: [])
      )
      #expect(!environment.isProduction)
      #expect(environment.resolved(dockerHost: context.address).isProduction)
    }
  }

  @Test func aContextThatIsNotThereIsNoOtherOne() throws {
    try withContexts("gone") { home in
      let failure = #expect(throws: SourceFailure.self) { try DockerContext.current(home) }
      #expect(failure?.detail.hasPrefix("docker's context gone is not there") == true)
    }
  }

  @Test func certificatesMakeItHTTPS() throws {
    try withContexts("tls") { home in
      let context = try DockerContext.current(home)
      let files = try #require(home["HOME"]) + "/.docker/contexts/tls/2b/docker/"
      #expect(
        context.certificates
          == CertificateFiles(
            authority: files + "ca.pem",
            certificate: files + "cert.pem",
            key: files + "key.pem"
          )
      )
      let endpoint = try ServerEndpoint(context.address, name: "docker", certificates: context.certificates)
      #expect(endpoint.description == "https://10.0.0.9:2376")
      #expect(throws: SourceFailure.self) { try ServerEndpoint(context.address, name: "docker") }
      let own = try DockerContext.current(
        home.merging(["DOCKER_HOST": "tcp://far:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": files]) {
          $1
        }
      )
      #expect(own.certificates == context.certificates)
    }
  }

  @Test(arguments: ["ssh://", "ssh://u:secret@h", "ssh://h:0", "http://h"])
  @LoopActor func whatIsNoAddressOfAnSSHIsRefused(address: String) {
    let failure = #expect(throws: SourceFailure.self) { try DockerTunnel(to: address) }
    #expect(failure.map { "\($0)" }?.contains("secret") == false)
  }
}

/// A real engine behind stand-ins for the way to another machine.
@Suite(.serialized) struct DockerTunnelTests {
  private let engine: TestEngine
  private let client: HTTPClient

  init() async throws {
    EventLoop.runOnOwnThread()
    engine = try TestEngine.shared.get()
    client = await HTTPClient()
  }

  /// An ssh that stays on this machine: it keeps what it was told and runs the command for the test's engine.
  private func ssh(_ body: String) throws -> String {
    let path = TestProcess.directory() + "/ssh"
    try "#!/bin/sh\necho \"$@\" >>\"$0.words\"\n\(body)\n".write(
      toFile: path,
      atomically: true,
      encoding: .utf8
    )
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  @Test @LoopActor func anEngineIsAskedThroughSSHAsDockerDoes() async throws {
    try engine.run("far_web_1", project: "far", service: "web")
    let program = try ssh(
      "while [ \"$1\" != -- ]; do shift; done; shift 2; DOCKER_HOST=unix://\(engine.socket) exec \"$@\""
    )
    let context = DockerContext(name: "prod", address: "ssh://ops@far.example:2222")
    let (endpoint, tunnel) = try DockerEngine.reach(context, ssh: program)
    let runtime = DockerRuntime(
      project: "far",
      endpoint: endpoint,
      tunnel: tunnel,
      place: context.place,
      client: client,
      deadline: .seconds(20)
    )
    #expect(runtime.title == "compose far on prod")
    #expect(try await runtime.services().map(\.instance) == ["far_web_1"])
    #expect(try await runtime.services().count == 1)
    let words = try String(contentsOfFile: program + ".words", encoding: .utf8).split(separator: "\n")
    #expect(
      words.allSatisfy {
        $0
          == "-o BatchMode=yes -o ConnectTimeout=10 -T -l ops -p 2222 -- far.example docker system dial-stdio"
      }
    )
    let socket = try #require(tunnel?.socket)
    runtime.close()
    #expect(!LocalFile.exists(socket))
  }

  @Test @LoopActor func whatSSHSaysIsTheReason() async throws {
    let program = try ssh("echo 'ops@far.example: Permission denied (publickey).' >&2; exit 255")
    let (endpoint, tunnel) = try DockerEngine.reach(
      DockerContext(address: "ssh://ops@far.example"),
      ssh: program
    )
    let runtime = DockerRuntime(project: "far", endpoint: endpoint, tunnel: tunnel, client: client)
    defer { runtime.close() }
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.services() }
    #expect(failure?.detail == "ops@far.example: Permission denied (publickey).")
  }

  @Test @LoopActor func aMissingSSHIsTold() async throws {
    let (endpoint, tunnel) = try DockerEngine.reach(
      DockerContext(address: "ssh://far.example"),
      ssh: "/nowhere/ssh"
    )
    let runtime = DockerRuntime(project: "far", endpoint: endpoint, tunnel: tunnel, client: client)
    defer { runtime.close() }
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.services() }
    #expect(failure?.detail.hasPrefix("/nowhere/ssh: no such file") == true)
  }

  @Test @LoopActor func anEngineBehindTLSWantsItsCertificates() async throws {
    try engine.run("tls_web_1", project: "tls", service: "web")
    let directory = TestProcess.directory()
    let bridge = TestProcess(
      ["/usr/bin/python3", "-c", Self.bridge, directory, engine.socket],
      log: directory + "/log"
    )
    defer { bridge.send(15) }
    await eventually("the bridge listens") { LocalFile.exists(directory + "/port") }
    let port = try String(contentsOfFile: directory + "/port", encoding: .utf8)
    let files = try #require(CertificateFiles(in: directory, isUnchecked: false))
    let address = "tcp://127.0.0.1:\(port)"
    let (endpoint, _) = try DockerEngine.reach(DockerContext(address: address, certificates: files))
    let runtime = DockerRuntime(project: "tls", endpoint: endpoint, client: client, deadline: .seconds(20))
    #expect(try await runtime.services().map(\.instance) == ["tls_web_1"])
    // Without our own certificate, and with an authority that didn't sign its, nothing is told.
    for wrong in [
      CertificateFiles(authority: files.authority), CertificateFiles(authority: directory + "/other.pem"),
    ] {
      let (endpoint, _) = try DockerEngine.reach(DockerContext(address: address, certificates: wrong))
      let runtime = DockerRuntime(project: "tls", endpoint: endpoint, client: client)
      #expect(await failure { () throws(SourceFailure) in _ = try await runtime.services() } != nil)
    }
  }

  /// Certificates of its own, and TLS before a unix socket for who shows one of them.
  private static let bridge = """
    import os, socket, ssl, subprocess, sys, threading
    home, target = sys.argv[1:3]
    def openssl(*words): subprocess.run(["openssl", *words], cwd=home, check=True, capture_output=True)
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", name + "-key.pem", "-out", name + ".pem",
                "-days", "2", "-subj", "/CN=" + name)
    open(home + "/names", "w").write("subjectAltName=IP:127.0.0.1\\n")
    for name in ("server", ""):
        files = (name + "-" if name else "")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", files + "key.pem", "-out", files + "csr.pem",
                "-subj", "/CN=" + (name or "client"))
        openssl("x509", "-req", "-in", files + "csr.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial",
                "-out", files + "cert.pem", "-days", "2", "-extfile", "names")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home + "/server-cert.pem", home + "/server-key.pem")
    context.load_verify_locations(home + "/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    def copy(source, sink):
        try:
            while True:
                data = source.recv(65536)
                if not data: break
                sink.sendall(data)
        except OSError: pass
        try: sink.shutdown(socket.SHUT_RDWR)
        except OSError: pass
    def serve(raw):
        try: peer = context.wrap_socket(raw, server_side=True)
        except (OSError, ssl.SSLError): return
        engine = socket.socket(socket.AF_UNIX); engine.connect(target)
        threading.Thread(target=copy, args=(engine, peer), daemon=True).start()
        copy(peer, engine)
    listener = socket.create_server(("127.0.0.1", 0))
    open(home + "/port.new", "w").write(str(listener.getsockname()[1]))
    os.rename(home + "/port.new", home + "/port")
    while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
}
