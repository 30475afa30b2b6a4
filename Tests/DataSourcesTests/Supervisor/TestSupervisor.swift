import DataSources
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// A real supervisord of the tests' own, on a unix socket in a directory of its own.
final class TestSupervisor: Sendable {
  let directory = TestProcess.directory()
  let process: TestProcess
  var socket: String { "\(directory)/s.sock" }

  /// Starts one with these `[program:…]` sections and waits until it listens.
  init(_ programs: String) {
    let configuration = """
      [supervisord]
      nodaemon=true
      logfile=\(directory)/supervisord.log
      pidfile=\(directory)/s.pid
      childlogdir=\(directory)
      [unix_http_server]
      file=\(directory)/s.sock
      [rpcinterface:supervisor]
      supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

      """
    let path = "\(directory)/s.conf"
    let file = fopen(path, "w")
    fputs(configuration + programs, file)
    fclose(file)
    precondition(access("/usr/bin/supervisord", X_OK) == 0, "the package supervisor is missing")
    process = TestProcess(
      ["/usr/bin/python3", "/usr/bin/supervisord", "-c", path],
      log: "\(directory)/out.log"
    )
    var tries = 0
    while access(socket, F_OK) != 0, tries < 500 {
      usleep(20_000)
      tries += 1
    }
    precondition(access(socket, F_OK) == 0, "supervisord doesn't listen, see \(directory)/out.log")
  }

  func stop() {
    for child in TestProcess.children(of: process.pid) { kill(child, SIGKILL) }
    process.send(SIGKILL)
    process.wait()
  }
}
