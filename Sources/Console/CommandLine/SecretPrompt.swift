internal import CGuard
import DataSources

#if canImport(Glibc)
internal import Glibc
#endif

/// Asks for a secret on the terminal: nothing of it is shown, and what was typed before the question is no answer.
@LoopActor enum SecretPrompt {
  private static let longest = 8_192

  /// Whether somebody sits there.
  static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

  /// The line that is typed; nil if it was given up (`Ctrl-C`, `Ctrl-D`).
  ///
  /// `isShown` is for what is no secret. Reading a line holds the loop: nothing else has anything to do before it. The
  /// terminal is as it was afterwards, also where a signal or a crash comes meanwhile.
  static func ask(_ question: String, isShown: Bool) -> String? {
    if isShown {
      tcflush(STDIN_FILENO, TCIFLUSH)
      Output.text(question)
      return readLine()
    }
    var found = guard_modes()
    guard guard_read_modes(STDIN_FILENO, &found) == 0 else { return nil }
    var signals = sigset_t()
    var before = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    _ = guard_arm(STDIN_FILENO, &found, "", 0)
    defer { guard_disarm() }
    guard guard_set_raw(STDIN_FILENO, &found) == 0 else { return nil }
    tcflush(STDIN_FILENO, TCIFLUSH)
    Output.text(question)
    let answer = line()
    _ = guard_set_modes(STDIN_FILENO, &found)
    Output.text("\n")
    return answer
  }

  private static func line() -> String? {
    var bytes: [UInt8] = []
    while true {
      var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let count = poll(&ready, 1, 200)
      var pending = sigset_t()
      let ending = [SIGTERM, SIGHUP, SIGINT]
      if sigpending(&pending) == 0, ending.contains(where: { sigismember(&pending, $0) == 1 }) { return nil }
      guard count > 0 else { continue }
      var byte: UInt8 = 0
      guard read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
      switch byte {
      case 0x0A, 0x0D: return String(decoding: bytes, as: UTF8.self)
      case 0x03, 0x04: return nil
      case 0x15: bytes.removeAll()
      case 0x08, 0x7F:
        // A character of several bytes goes as one.
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
      default:
        guard bytes.count < longest else { return nil }
        bytes.append(byte)
      }
    }
  }
}
