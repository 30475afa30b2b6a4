internal import CHiredis
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The one owner of a redisAsyncContext: hiredis 0.14 driven by the event loop.
///
/// The library frees the context by itself after an error; its cleanup hook is where we hear of it.
@LoopActor final class RedisHandle {
  /// The deepest nesting and the most elements of a reply that are copied.
  private nonisolated static let deepest = 8
  private nonisolated static let elementCap = 100_000

  private var context: UnsafeMutablePointer<redisAsyncContext>?
  private var watch: DescriptorWatch?
  private var events: DescriptorWatch.Events = []
  private var waiting: [Int: @LoopActor (RedisReply?) -> Void] = [:]
  private var lastID = 0
  /// hiredis' number and words of the error that ended the connection.
  private(set) var error: (code: Int32, words: String)?

  /// Begins to connect to a numeric address.
  convenience init(address: String, port: Int) {
    self.init(redisAsyncConnect(address, Int32(clamping: port)))
  }

  /// Begins to connect to a unix socket.
  convenience init(path: String) {
    self.init(redisAsyncConnectUnix(path))
  }

  private init(_ context: UnsafeMutablePointer<redisAsyncContext>?) {
    Self.ignorePipeSignal()
    guard let context else {
      error = (Int32(REDIS_ERR_OOM), "out of memory")
      return
    }
    guard context.pointee.err == 0 else {
      error = (context.pointee.err, context.pointee.errstr.map { String(cString: $0) } ?? "")
      redisAsyncFree(context)
      return
    }
    self.context = context
    attach(context)
  }

  /// hiredis writes with write(2): a server that hung up would end the process by SIGPIPE.
  private static func ignorePipeSignal() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// How many commands wait for their replies.
  var waitingCount: Int { waiting.count }

  /// Whether the connection is there or on its way.
  var isOpen: Bool { context != nil }

  private func attach(_ context: UnsafeMutablePointer<redisAsyncContext>) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    context.pointee.data = me
    context.pointee.ev.data = me
    context.pointee.ev.addRead = { RedisHandle.on($0) { $0.change { $0.insert(.readable) } } }
    context.pointee.ev.delRead = { RedisHandle.on($0) { $0.change { $0.remove(.readable) } } }
    context.pointee.ev.addWrite = { RedisHandle.on($0) { $0.change { $0.insert(.writable) } } }
    context.pointee.ev.delWrite = { RedisHandle.on($0) { $0.change { $0.remove(.writable) } } }
    context.pointee.ev.cleanup = { RedisHandle.on($0) { $0.isFreed() } }
    watch = DescriptorWatch(context.pointee.c.fd) { [unowned self] ready, status in
      isReady(status < 0 ? [.readable, .writable] : ready)
    }
    // Asks for the first writability, which is how hiredis learns that it is connected.
    redisAsyncSetConnectCallback(context) { _, _ in }
  }

  private nonisolated static func on(
    _ me: UnsafeMutableRawPointer?,
    _ body: @LoopActor (RedisHandle) -> Void
  ) {
    guard let me else { return }
    let handle = Unmanaged<RedisHandle>.fromOpaque(me).takeUnretainedValue()
    LoopActor.assumeIsolated { body(handle) }
  }

  private func change(_ body: (inout DescriptorWatch.Events) -> Void) {
    let before = events
    body(&events)
    if events != before { watch?.watch(events) }
  }

  private func isReady(_ ready: DescriptorWatch.Events) {
    // Writing first: the write tells whether the connection was made at all.
    if ready.contains(.writable), let context { redisAsyncHandleWrite(context) }
    if ready.contains(.readable), let context { redisAsyncHandleRead(context) }
  }

  /// The library is about to free the context and close its socket.
  private func isFreed() {
    if let context, error == nil, context.pointee.err != 0 {
      error = (context.pointee.err, context.pointee.errstr.map { String(cString: $0) } ?? "")
    }
    context = nil
    watch?.close()
    watch = nil
  }

  /// Queues a command; `answer` is called exactly once, with nil when the connection ended first.
  func send(_ words: [String], _ answer: @escaping @LoopActor (RedisReply?) -> Void) {
    guard let context else { return answer(nil) }
    lastID += 1
    waiting[lastID] = answer
    let pointers = words.map { strdup($0) }
    defer {
      for pointer in pointers {
        // One of them may be a password.
        if let pointer { explicit_bzero(pointer, strlen(pointer)) }
        free(pointer)
      }
    }
    var arguments = pointers.map { UnsafePointer($0) }
    let lengths = words.map(\.utf8.count)
    let status = redisAsyncCommandArgv(
      context,
      { context, reply, id in
        guard let me = context?.pointee.data, let id else { return }
        let copy = reply.map {
          RedisHandle.copy($0.assumingMemoryBound(to: redisReply.self), depth: 0)
        }
        let number = Int(bitPattern: id)
        RedisHandle.on(me) { $0.take(copy, for: number) }
      },
      UnsafeMutableRawPointer(bitPattern: lastID),
      Int32(words.count),
      &arguments,
      lengths
    )
    if status != REDIS_OK { take(nil, for: lastID) }
  }

  private func take(_ reply: RedisReply?, for id: Int) {
    if reply == nil, error == nil, let context, context.pointee.err != 0 {
      error = (context.pointee.err, context.pointee.errstr.map { String(cString: $0) } ?? "")
    }
    waiting.removeValue(forKey: id)?(reply)
  }

  private nonisolated static func copy(
    _ reply: UnsafeMutablePointer<redisReply>,
    depth: Int
  ) -> RedisReply {
    var text: String {
      let bytes = UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len)
      return String(decoding: bytes, as: UTF8.self)
    }
    switch reply.pointee.type {
    case REDIS_REPLY_STRING: return .text(text)
    case REDIS_REPLY_STATUS: return .status(text)
    case REDIS_REPLY_ERROR: return .failure(text)
    case REDIS_REPLY_INTEGER: return .integer(reply.pointee.integer)
    case REDIS_REPLY_ARRAY:
      guard depth < deepest, let elements = reply.pointee.element else { return .list([]) }
      let count = min(Int(reply.pointee.elements), elementCap)
      return .list(
        (0..<count).map { elements[$0].map { copy($0, depth: depth + 1) } ?? .none }
      )
    default: return .none
    }
  }

  /// Closes at once; what waits is answered with nil.
  ///
  /// Not from inside an answer.
  func close() {
    guard let context else { return }
    redisAsyncFree(context)
  }
}
