internal import CGuard
internal import Glibc

/// The terminal's device, opened anew so that not blocking is ours alone and not the shell's.
final class TerminalDevice {
  /// For the loop to watch: readable when keys are there, writable when ``hasPending``.
  let descriptor: Int32
  /// The modes as they were found, to be put back.
  let found: guard_modes
  /// Whether bytes wait for the terminal to take them.
  var hasPending: Bool { !pending.isEmpty }
  /// Whether the terminal is gone: hung up or closed.
  private(set) var isGone = false
  /// All bytes that were ever sent.
  private(set) var sentBytes = 0

  private var pending: ArraySlice<UInt8> = []

  /// Opens the terminal behind `standard`, one of the standard descriptors.
  ///
  /// - Throws: ``TerminalError`` `notATerminal` or `system`.
  init(behind standard: Int32) throws(TerminalError) {
    guard isatty(standard) == 1 else { throw TerminalError(code: .notATerminal, detail: "") }
    var name = [CChar](repeating: 0, count: 256)
    var opened: Int32 = -1
    if ttyname_r(standard, &name, name.count) == 0 {
      opened = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    }
    // Inside a container the name may belong to another file system.
    if opened < 0 { opened = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) }
    var modes = guard_modes()
    guard opened >= 0, guard_read_modes(opened, &modes) == 0 else {
      throw TerminalError(code: .system, detail: String(cString: strerror(errno)))
    }
    descriptor = opened
    found = modes
  }

  /// Each byte in and out as it is, no echo, no signals from keys.
  func makeRaw() {
    var modes = found
    guard_set_raw(descriptor, &modes)
  }

  /// Puts the modes back as they were found.
  func restoreModes() {
    var modes = found
    guard_set_modes(descriptor, &modes)
  }

  /// The window's size in columns and rows; nil if the terminal doesn't say or says 0.
  func size() -> (width: Int, height: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return nil
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Queues bytes and sends what the terminal takes now; the rest waits for ``flush()``.
  func send(_ bytes: [UInt8]) {
    pending = pending.isEmpty ? bytes[...] : pending + bytes
    flush()
  }

  /// Sends what the terminal takes now.
  ///
  /// Never blocks.
  func flush() {
    while !pending.isEmpty {
      let written = pending.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        if errno != EAGAIN { abandon() }
        return
      }
      sentBytes += written
      pending = pending.dropFirst(written)
    }
  }

  /// Sends all that waits, for at most `milliseconds`: when there will be no later.
  func drain(milliseconds: Int32) {
    var waits = 0
    while hasPending && waits < 10 {
      flush()
      guard hasPending else { return }
      var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&ready, 1, milliseconds / 10)
      waits += 1
    }
  }

  /// Reads what is there; empty if there is nothing.
  func read() -> [UInt8] {
    var result: [UInt8] = []
    while !isGone {
      let chunk = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
        count = max(0, fill(buffer))
      }
      result += chunk
      if chunk.count < 4_096 { break }
    }
    return result
  }

  private func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 { return count }
      if count == 0 || (errno != EAGAIN && errno != EINTR) {
        abandon()
        return 0
      }
      if errno == EAGAIN { return 0 }
    }
  }

  private func abandon() {
    isGone = true
    pending = []
  }

  /// Closes the descriptor.
  func close() {
    Glibc.close(descriptor)
  }
}
