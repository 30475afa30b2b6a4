internal import CUV
public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// One child process on the event loop: own session and process group, no input, output captured.
@LoopActor public final class ChildProcess {
  private static let killAfter = Duration.seconds(2)
  /// A grandchild may hold the pipes after the child's end; so long its last words are waited for.
  private static let drainTime = Duration.milliseconds(200)

  /// A child that waits for a dead device or mount ends by no signal; so long after KILL it is given up.
  private static let abandonAfter = Duration.seconds(2)

  private let command: ChildCommand
  private let sendSignal: @LoopActor (Int32, Int32) -> Void
  /// What is told of it: its arguments may hold what is not to be shown.
  private let program: String
  private let startedAt = LoopActor.now().monotonic
  private let output: ChildPipe
  private let errors: ChildPipe
  private let timer = LoopTimer()
  private var handle: UnsafeMutablePointer<uv_process_t>?
  private var pid: Int32 = 0
  private var isLeftOpen = false
  private var ending: ChildResult.Ending?
  private var failure: SourceFailure.Code?
  private var continuation: CheckedContinuation<Result<ChildResult, SourceFailure>, Never>?

  /// Runs a program to its end.
  ///
  /// Returns whatever its status; a cancelled task kills it.
  /// - Throws: `misconfigured` (no such program or directory), `forbidden` (not executable),
  ///   `timedOut` (with the last words of its errors), `cancelled`, `rejected` (no process left).
  public static func run(_ command: ChildCommand) async throws(SourceFailure) -> ChildResult {
    try await run(command) { _ = kill($0, $1) }
  }

  /// Runs a program to its end; `sendSignal` is kill(2).
  static func run(
    _ command: ChildCommand,
    sendSignal: @escaping @LoopActor (Int32, Int32) -> Void
  ) async throws(SourceFailure) -> ChildResult {
    guard !Task.isCancelled else { throw SourceFailure(.cancelled, at: command.arguments.first ?? "") }
    guard let program = command.arguments.first, !program.isEmpty else {
      throw SourceFailure(.misconfigured, at: "", detail: "no program is named")
    }
    let child = ChildProcess(command, program, sendSignal)
    let result: Result<ChildResult, SourceFailure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        child.continuation = continuation
        child.start()
      }
    } onCancel: {
      LoopActor.task { child.end(.cancelled) }
    }
    return try result.get()
  }

  private init(
    _ command: ChildCommand,
    _ program: String,
    _ sendSignal: @escaping @LoopActor (Int32, Int32) -> Void
  ) {
    self.command = command
    self.sendSignal = sendSignal
    self.program = program
    output = ChildPipe(cap: command.cap)
    errors = ChildPipe(cap: command.cap)
  }

  private func start() {
    let input = inputPipe()
    // Without what it is to read it would do something else.
    guard input >= 0 || command.input.isEmpty else {
      let failure = spawnFailure(-errno)
      output.close()
      errors.close()
      return finish(.failure(failure))
    }
    defer { if input >= 0 { close(input) } }
    let handle = UnsafeMutablePointer<uv_process_t>.allocate(capacity: 1)
    handle.initialize(to: uv_process_t())
    // Held until libuv has let go of the handle: its callback below needs it.
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    self.handle = handle
    let status = spawn(handle, input)
    guard status == 0 else {
      output.close()
      errors.close()
      return finish(.failure(spawnFailure(status)))
    }
    pid = handle.pointee.pid
    guard command.terminal == nil else {
      output.close()
      errors.close()
      return
    }
    output.read { [weak self] in self?.settle() }
    errors.read { [weak self] in self?.settle() }
    timer.start(after: command.deadline) { [weak self] in self?.end(.timedOut) }
  }

  private func spawn(_ handle: UnsafeMutablePointer<uv_process_t>, _ input: Int32) -> Int32 {
    var arguments = command.arguments.map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
    var environment = childEnvironment().map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var streams = streams(input)
    return program.withCString { file in
      arguments.withUnsafeMutableBufferPointer { arguments in
        environment.withUnsafeMutableBufferPointer { environment in
          streams.withUnsafeMutableBufferPointer { streams in
            let directory = command.directory.map { strdup($0) } ?? nil
            defer { free(directory) }
            var options = uv_process_options_t()
            options.file = file
            options.args = arguments.baseAddress
            options.env = environment.baseAddress
            options.cwd = UnsafePointer(directory)
            options.stdio = streams.baseAddress
            options.stdio_count = Int32(streams.count)
            options.flags = command.terminal == nil ? UV_PROCESS_DETACHED.rawValue : 0
            options.exit_cb = { handle, status, signal in
              guard let handle else { return }
              let child = Unmanaged<ChildProcess>.fromOpaque(handle.pointee.data)
                .takeUnretainedValue()
              LoopActor.assumeIsolated { child.exited(status, signal) }
            }
            return uv_spawn(LoopActor.loop.uv, handle, &options)
          }
        }
      }
    }
  }

  /// What the child's descriptors are, from 0 on.
  private func streams(_ input: Int32) -> [uv_stdio_container_t] {
    func inherited(_ descriptor: Int32) -> uv_stdio_container_t {
      var stream = uv_stdio_container_t()
      stream.flags = UV_INHERIT_FD
      stream.data.fd = descriptor
      return stream
    }
    let more = command.inherited.map { [inherited($0)] } ?? []
    if let terminal = command.terminal { return (0..<3).map { _ in inherited(terminal) } + more }
    // UV_IGNORE is /dev/null for the three standard descriptors.
    var streams = [uv_stdio_container_t(), uv_stdio_container_t(), uv_stdio_container_t()]
    streams[0].flags = UV_IGNORE
    if input >= 0 { streams[0] = inherited(input) }
    output.prepare(&streams[1])
    errors.prepare(&streams[2])
    return streams + more
  }

  /// A pipe with the whole input in it, which 64 KiB fit into without a reader; -1 without input.
  private func inputPipe() -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard !command.input.isEmpty, pipe(&ends) == 0 else { return -1 }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    _ = write(ends[1], command.input, command.input.count)
    close(ends[1])
    return ends[0]
  }

  private func childEnvironment() -> [String] {
    var items: UnsafeMutablePointer<uv_env_item_t>?
    var count: Int32 = 0
    var variables: [String: String] = [:]
    if uv_os_environ(&items, &count) == 0, let items {
      for item in UnsafeBufferPointer(start: items, count: Int(count)) {
        variables[String(cString: item.name)] = String(cString: item.value)
      }
      uv_os_free_environ(items, count)
    }
    for (name, value) in command.environment { variables[name] = value }
    return variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  private func spawnFailure(_ status: Int32) -> SourceFailure {
    let number = "\(String(cString: uv_err_name(status))) \(-status)"
    let place = command.directory.map { " (or no directory \($0))" } ?? ""
    switch uv_errno_t(status) {
    case UV_ENOENT, UV_ENOTDIR:
      return SourceFailure(
        .misconfigured,
        at: program,
        detail: "no such program\(place): \(program), \(number)"
      )
    case UV_EACCES, UV_EPERM:
      return SourceFailure(.forbidden, at: program, detail: "not executable\(place): \(number)")
    case UV_EMFILE, UV_ENFILE: return Descriptors.failure(-status, at: program)
    default:
      return SourceFailure(.rejected, at: program, detail: "it could not be started: \(number)")
    }
  }

  /// Ends the whole process group, because of the deadline or because nobody waits any more.
  private func end(_ reason: SourceFailure.Code) {
    guard failure == nil, continuation != nil else { return }
    failure = reason
    signalGroup(SIGTERM)
    timer.start(after: Self.killAfter) { [weak self] in self?.killGroup() }
  }

  private func killGroup() {
    signalGroup(SIGKILL)
    // Whoever left the group and still holds the pipes is no reason to wait for ever.
    timer.start(after: Self.drainTime) { [weak self] in
      guard let self else { return }
      closePipes()
      guard ending == nil else { return }
      timer.start(after: Self.abandonAfter) { [weak self] in self?.abandon() }
    }
  }

  /// Ends the waiting for a child that doesn't die; libuv's handle stays until it does.
  private func abandon() {
    guard let failure else { return }
    let words = errors.lastWords
    resume(
      .failure(
        SourceFailure(
          failure,
          at: program,
          detail: "\(endingWords), but process \(pid) doesn't end" + (words.isEmpty ? "" : ": \(words)")
        )
      )
    )
  }

  private func signalGroup(_ signal: Int32) {
    guard pid > 0 else { return }
    sendSignal(command.terminal == nil ? -pid : pid, signal)
  }

  private func exited(_ status: Int64, _ signal: Int32) {
    // Given up before, but reaped all the same.
    guard continuation != nil else { return closeHandle() }
    ending = signal != 0 ? .signal(Int(signal)) : .status(Int(status))
    if failure != nil {
      // Children of the child that ignored TERM: they end with it.
      signalGroup(SIGKILL)
    }
    timer.start(after: Self.drainTime) { [weak self] in self?.closePipes() }
    settle()
  }

  private func closePipes() {
    isLeftOpen = !output.isAtEnd || !errors.isAtEnd
    output.close()
    errors.close()
    settle()
  }

  /// Finishes once the process has ended and both pipes have.
  private func settle() {
    guard let ending, output.isAtEnd, errors.isAtEnd else { return }
    if let failure {
      let words = errors.lastWords
      finish(
        .failure(
          SourceFailure(
            failure,
            at: program,
            detail: words.isEmpty ? endingWords : "\(endingWords): \(words)"
          )
        )
      )
    } else {
      finish(
        .success(
          ChildResult(
            ending: ending,
            stdout: output.bytes,
            stderr: errors.bytes,
            isCut: output.isCut || errors.isCut || isLeftOpen,
            duration: LoopActor.now().monotonic - startedAt
          )
        )
      )
    }
  }

  private var endingWords: String {
    failure == .timedOut ? "killed after \(command.deadline)" : "killed"
  }

  private func finish(_ result: Result<ChildResult, SourceFailure>) {
    closeHandle()
    resume(result)
  }

  private func closeHandle() {
    guard let handle else { return }
    self.handle = nil
    uv_close(cuv_handle(handle)) { handle in
      guard let handle else { return }
      Unmanaged<ChildProcess>.fromOpaque(handle.pointee.data).release()
      handle.withMemoryRebound(to: uv_process_t.self, capacity: 1) { $0.deallocate() }
    }
  }

  private func resume(_ result: Result<ChildResult, SourceFailure>) {
    timer.close()
    continuation?.resume(returning: result)
    continuation = nil
  }
}
