import DataSources
import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The standard output and error of the commands without a screen.
///
/// Whatever a line was made of, here it becomes harmless to a terminal; and what can't be written is
/// remembered, so that no command ends well that nobody could hear.
@LoopActor enum Output {
  /// Why the standard output didn't take everything; nil: it did, or its reader has left.
  private(set) static var failure: String?
  private static var hasLostReader = false

  /// Prints one line or several.
  static func line(_ text: String) {
    write(text + "\n", to: STDOUT_FILENO)
  }

  /// Prints text that ends its own lines.
  static func text(_ text: String) {
    write(text, to: STDOUT_FILENO)
  }

  /// Prints a table whose lines end in CR LF, as RFC 4180 has it.
  static func table(_ text: String) {
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).map { harmless(String($0)) }
    write(bytes: Array(lines.joined(separator: "\r\n").utf8), to: STDOUT_FILENO)
  }

  /// Prints a line to the standard error.
  static func error(_ text: String) {
    write(text + "\n", to: STDERR_FILENO)
  }

  /// Prints text that ends its own lines to the standard error.
  static func errorText(_ text: String) {
    write(text, to: STDERR_FILENO)
  }

  /// Whether what is printed still has a reader; `| head` leaves when it has enough, without a word.
  static var hasReader: Bool {
    guard !hasLostReader, failure == nil else { return false }
    var ready = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&ready, 1, 0) <= 0 || ready.revents & Int16(POLLERR | POLLNVAL) == 0
  }

  /// The code to end with: what could not be told is no success.
  static func code(_ code: ExitCode) -> ExitCode {
    guard let failure else { return code }
    error("switchboard: the standard output can't be written: \(failure)")
    return code.tellsState ? .outputFailed : code
  }

  /// Puts something under those of the three standard descriptors that are closed.
  ///
  /// The first thing that is opened would take their places otherwise, and be written to. What is put there
  /// can't be written, so that it is noticed.
  nonisolated static func occupyClosedDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// The lines of a text, each harmless.
  nonisolated static func harmless(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { SafeText(String($0), limit: .max).string }.joined(separator: "\n")
  }

  private static func write(_ text: String, to descriptor: Int32) {
    write(bytes: Array(harmless(text).utf8), to: descriptor)
  }

  private static func write(bytes: [UInt8], to descriptor: Int32) {
    var bytes = bytes[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard written < 0 else {
        bytes = bytes.dropFirst(written)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // Whoever shares the pipe has made it non-blocking.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      case EPIPE:
        if descriptor == STDOUT_FILENO { hasLostReader = true }
        return
      default:
        if descriptor == STDOUT_FILENO { failure = failure ?? String(cString: strerror(errno)) }
        return
      }
    }
  }
}
