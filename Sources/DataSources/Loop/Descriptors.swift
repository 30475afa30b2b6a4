internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The file descriptors of this process, which may run out (`ulimit -n`): then nothing can be asked, and no server is
/// to blame.
enum Descriptors {
  /// Whether an error of the system says that there are no descriptors left, of the process or of the machine.
  static func isExhaustion(_ number: Int32) -> Bool { number == EMFILE || number == ENFILE }

  /// Whether none is left now; for libraries that keep their reason to themselves.
  static func areExhausted() -> Bool {
    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard descriptor < 0 else {
      close(descriptor)
      return false
    }
    return isExhaustion(errno)
  }

  /// The failure of whatever needed one.
  static func failure(_ number: Int32 = EMFILE, at address: String) -> SourceFailure {
    SourceFailure(
      .exhausted,
      at: address,
      detail: "\(String(cString: strerror(number))): see `ulimit -n` of this console",
      told: told
    )
  }

  /// What is said of it.
  static let told = "this console is out of descriptors"
}
