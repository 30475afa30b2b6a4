internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Tells of the case that the process is about to die of, or hangs in: its seed and its bytes.
///
/// Traps and overflows of the stack are signals, and so is the alarm that rings when one case takes 20 s.
struct CaseInFlight: ~Copyable {
  private static let patience: UInt32 = 20
  private static let seed = Atomic<UInt64>(0)
  private static let address = Atomic<UInt>(0)
  private static let count = Atomic<Int>(0)
  private static let stackSize = 64 << 10
  /// The most bytes of a case that are told.
  private static let capacity = 64 << 10

  private let copy = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  /// The stack of the handler on this thread, so that an overflow of the usual one is told too; nil: none.
  private let stack: UnsafeMutableRawPointer?
  private var before: [(signal: Int32, action: sigaction)] = []

  /// Begins to listen for signals; `staysOnThread` tells that every case and the end come on this thread.
  init(staysOnThread: Bool) {
    stack = staysOnThread ? .allocate(byteCount: Self.stackSize, alignment: 16) : nil
    if stack != nil {
      var handlerStack = stack_t(ss_sp: stack, ss_flags: 0, ss_size: Self.stackSize)
      sigaltstack(&handlerStack, nil)
    }
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { signal in
        CaseInFlight.tell(signal)
        // The handler is gone by now: what trapped traps again, and an alarm ends the process.
        if signal == SIGALRM { abort() }
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_ONSTACK
      var old = sigaction()
      sigaction(signal, &action, &old)
      before.append((signal, old))
    }
  }

  /// The case whose turn it is.
  func begin(seed: UInt64, _ bytes: [UInt8]) {
    let count = min(bytes.count, Self.capacity)
    bytes.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(start: copy, count: count).copyMemory(
        from: .init(rebasing: bytes[..<count])
      )
    }
    Self.seed.store(seed, ordering: .relaxed)
    Self.address.store(UInt(bitPattern: copy), ordering: .relaxed)
    Self.count.store(count, ordering: .relaxed)
    alarm(Self.patience)
  }

  /// No case is under way any more.
  consuming func end() {}

  deinit {
    alarm(0)
    Self.count.store(0, ordering: .relaxed)
    for (signal, action) in before {
      var action = action
      sigaction(signal, &action, nil)
    }
    if let stack {
      var none = stack_t(ss_sp: nil, ss_flags: Int32(SS_DISABLE), ss_size: 0)
      sigaltstack(&none, nil)
      stack.deallocate()
    }
    copy.deallocate()
  }

  /// Writes without allocating: this runs inside a signal handler.
  private static func tell(_ signal: Int32) {
    write(signal == SIGALRM ? "\nsweep: hangs in seed " : "\nsweep: dies of seed ")
    var place: UInt64 = 10_000_000_000_000_000_000
    let seed = seed.load(ordering: .relaxed)
    while place > 1, seed / place == 0 { place /= 10 }
    while place > 0 {
      write(byte: UInt8(ascii: "0") + UInt8(seed / place % 10))
      place /= 10
    }
    write(", hex ")
    let start = UnsafePointer<UInt8>(bitPattern: address.load(ordering: .relaxed))
    for index in 0..<count.load(ordering: .relaxed) {
      guard let byte = start?[index] else { break }
      write(byte: digit(byte >> 4))
      write(byte: digit(byte & 15))
    }
    write("\n")
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func write(_ text: StaticString) {
    _ = Glibc.write(2, text.utf8Start, text.utf8CodeUnitCount)
  }

  private static func write(byte: UInt8) {
    var byte = byte
    _ = Glibc.write(2, &byte, 1)
  }
}
