internal import CHiredis
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The one owner of a redisContext: hiredis 0.14 without blocking, driven by the event loop.
///
/// Not its asynchronous half: that aborts the process when a server answers what nobody asked
/// (the assertion in async.c's redisProcessCallbacks).
@LoopActor final class RedisHandle {
  /// The deepest nesting of a reply that is copied; hiredis itself refuses more than seven lists in lists.
  private nonisolated static let deepest = 8
  /// The most elements of all lists of a reply together.
  private nonisolated static let elementCap = 100_000
  /// The most bytes of a reply; hiredis itself keeps all that comes.
  private nonisolated static let byteCap = 4 << 20

  private var context: UnsafeMutablePointer<redisContext>?
  private var limit: ListLimit?
  /// How many bytes of the reply under way have come.
  private var replyBytes = 0
  private var watch: DescriptorWatch?
  /// Who waits for a reply, in the order of the commands: replies come in the same.
  private var waiting: [@LoopActor (RedisReply?) -> Void] = []
  /// Encrypts, where TLS is spoken: hiredis' own reads and writes don't.
  private var tls: TLSSession?
  /// What waits to be encrypted.
  private var unsent: [UInt8] = []
  /// Whether TLS needs room in the socket to write on, or to read on.
  private(set) var isWriteBlocked = false
  private var isReadBlocked = false
  /// Why TLS ended the connection.
  private(set) var tlsFailure: TLSFailure?
  /// hiredis' number and words of the error that ended the connection.
  private(set) var error: (code: Int32, words: String)?

  /// Begins to connect to a numeric address; with `tls` as a client of the host of that name.
  convenience init(
    address: String,
    port: Int,
    tls: (context: TLSContext, options: TLSOptions, host: String)? = nil
  ) {
    self.init(redisConnectNonBlock(address, Int32(clamping: port)))
    guard let tls, let context, context.pointee.err == 0 else { return }
    self.tls = TLSSession(tls.context, tls.options, host: tls.host, descriptor: context.pointee.fd)
    if self.tls == nil {
      tlsFailure = TLSFailure(told: "no TLS", detail: "a session of TLS can't be made")
      end()
    }
  }

  /// Begins to connect to a unix socket.
  convenience init(path: String) {
    self.init(redisConnectUnixNonBlock(path))
  }

  private init(_ context: UnsafeMutablePointer<redisContext>?) {
    Self.ignorePipeSignal()
    guard let context else {
      error = (Int32(REDIS_ERR_OOM), "out of memory")
      return
    }
    self.context = context
    guard context.pointee.err == 0 else {
      end()
      return
    }
    limit = ListLimit(context, Self.elementCap)
    watch = DescriptorWatch(context.pointee.fd) { [weak self] ready, status in
      self?.isReady(status < 0 ? [.readable, .writable] : ready)
    }
    watch?.watch([.readable, .writable])
  }

  /// hiredis writes with write(2): a server that hung up would end the process by SIGPIPE.
  private static func ignorePipeSignal() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// How many commands wait for their replies.
  var waitingCount: Int { waiting.count }

  /// Whether TLS is not there yet.
  var isShakingHands: Bool { tls.map { !$0.isEstablished } ?? false }

  /// Whether the connection is there or on its way.
  var isOpen: Bool { context != nil }

  /// Queues a command; `answer` is called exactly once, with nil when the connection ended first.
  func send(_ words: [String], _ answer: @escaping @LoopActor (RedisReply?) -> Void) {
    guard let context else { return answer(nil) }
    waiting.append(answer)
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
    if tls != nil {
      guard queue(&arguments, lengths) else { return end() }
    } else {
      let status = redisAppendCommandArgv(context, Int32(words.count), &arguments, lengths)
      guard status == REDIS_OK else { return end() }
    }
    watch?.watch([.readable, .writable])
  }

  private func wipe(_ bytes: Slice<UnsafeMutableRawBufferPointer>) {
    let bytes = UnsafeMutableRawBufferPointer(rebasing: bytes)
    if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
  }

  private func queue(_ arguments: inout [UnsafePointer<CChar>?], _ lengths: [Int]) -> Bool {
    var command: UnsafeMutablePointer<CChar>?
    let count = redisFormatCommandArgv(&command, Int32(arguments.count), &arguments, lengths)
    guard count >= 0, let command else {
      error = (Int32(REDIS_ERR_OOM), "out of memory")
      return false
    }
    unsent += UnsafeRawBufferPointer(start: command, count: Int(count))
    explicit_bzero(command, Int(count))
    redisFreeCommand(command)
    return true
  }

  private func isReady(_ ready: DescriptorWatch.Events) {
    if let tls, !tls.isEstablished {
      guard shakeHands(tls) else { return }
      return isReady([.readable, .writable])
    }
    // Writing first: the write tells whether the connection was made at all.
    // TLS may have waited for the one to do the other.
    if ready.contains(.writable) || !unsent.isEmpty { write() }
    if ready.contains(.readable) || tls != nil { read() }
  }

  /// Moves the handshake on; true once it is done.
  private func shakeHands(_ tls: TLSSession) -> Bool {
    guard let context else { return false }
    var number: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    if getsockopt(context.pointee.fd, SOL_SOCKET, SO_ERROR, &number, &size) == 0, number != 0 {
      wait(after: .broken(number))
      return false
    }
    let step = tls.shakeHands()
    if case .done = step { return true }
    wait(after: step)
    return false
  }

  /// Waits for what TLS needs next, or ends over what it says.
  private func wait(after step: TLSSession.Step) {
    switch step {
    case .done: break
    case .wantsRead: watchTLS()
    case .wantsWrite: watch?.watch([.readable, .writable])
    case .ended:
      error = (Int32(REDIS_ERR_EOF), "Server closed the connection")
      end()
    case .broken(let number):
      error = (Int32(REDIS_ERR_IO), String(cString: strerror(number)))
      end()
    case .failed(let failure):
      tlsFailure = failure
      end()
    }
  }

  /// Watches for room as long as TLS needs some: what is read meanwhile must not end that.
  private func watchTLS() {
    watch?.watch(isWriteBlocked || isReadBlocked ? [.readable, .writable] : .readable)
  }

  private func write() {
    guard let context else { return }
    if let tls { return write(tls) }
    var isDone: Int32 = 0
    guard redisBufferWrite(context, &isDone) == REDIS_OK else { return end() }
    watch?.watch(isDone == 0 ? [.readable, .writable] : [.readable])
  }

  private func write(_ tls: TLSSession) {
    isWriteBlocked = false
    while !unsent.isEmpty {
      let step = unsent.withUnsafeBytes { tls.write($0) }
      guard case .done(let count) = step else {
        if case .wantsWrite = step { isWriteBlocked = true }
        return wait(after: step)
      }
      // One of the words may be a password.
      unsent.withUnsafeMutableBytes { wipe($0[..<count]) }
      unsent.removeFirst(count)
    }
    watchTLS()
  }

  private func read() {
    guard let tls else {
      guard let context else { return }
      let before = Self.unread(context)
      guard redisBufferRead(context) == REDIS_OK else { return end() }
      return takeReplies(context, before)
    }
    isReadBlocked = false
    // What is decrypted already makes no socket readable: all of it is read.
    while let context {
      let step = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
        let step = tls.read(into: buffer)
        if case .done(let count) = step {
          redisReaderFeed(context.pointee.reader, buffer.baseAddress, count)
        }
        return step
      }
      guard case .done(let count) = step else {
        if case .wantsWrite = step { isReadBlocked = true }
        return wait(after: step)
      }
      takeReplies(context, Self.unread(context) - count)
    }
  }

  /// Hands on the replies that are complete; `before` is how many bytes had waited before the last came.
  private func takeReplies(_ context: UnsafeMutablePointer<redisContext>, _ before: Int) {
    replyBytes += Self.unread(context) - before
    // An answer may close the connection.
    while self.context != nil {
      var reply: UnsafeMutableRawPointer?
      guard redisGetReplyFromReader(context, &reply) == REDIS_OK else {
        if context.pointee.err == REDIS_ERR_OOM {
          error = (Int32(REDIS_ERR_PROTOCOL), "more than \(Self.elementCap) elements in a reply")
        }
        return end()
      }
      guard let reply else {
        guard replyBytes > Self.byteCap else { return }
        error = (Int32(REDIS_ERR_PROTOCOL), "more than \(Self.byteCap) bytes in a reply")
        return end()
      }
      replyBytes = Self.unread(context)
      limit?.reset()
      let copy = Self.copy(reply.assumingMemoryBound(to: redisReply.self), depth: 0)
      freeReplyObject(reply)
      guard !waiting.isEmpty else { return end(unasked: copy) }
      waiting.removeFirst()(copy)
    }
  }

  /// How many bytes have been read from the socket and not yet made part of a reply.
  private static func unread(_ context: UnsafeMutablePointer<redisContext>) -> Int {
    context.pointee.reader.map { $0.pointee.len - $0.pointee.pos } ?? 0
  }

  /// Ends the connection over a reply that nobody waits for, such as `-ERR max number of clients reached`.
  private func end(unasked reply: RedisReply) {
    if case .failure(let words) = reply {
      error = (Int32(REDIS_ERR_OTHER), words)
    } else {
      error = (Int32(REDIS_ERR_PROTOCOL), "a reply to nothing that was asked")
    }
    end()
  }

  /// Closes at once and keeps the reason, if there is one; what waits is answered with nil.
  private func end() {
    guard let context else { return }
    if error == nil, context.pointee.err != 0 {
      let words = withUnsafeBytes(of: &context.pointee.errstr) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      error = (context.pointee.err, words)
    }
    self.context = nil
    watch?.close()
    watch = nil
    tls?.close()
    tls = nil
    unsent.withUnsafeMutableBytes { wipe($0[...]) }
    unsent = []
    redisFree(context)
    limit?.free()
    limit = nil
    let answers = waiting
    waiting = []
    for answer in answers { answer(nil) }
  }

  /// Closes at once; what waits is answered with nil.
  func close() {
    end()
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
      return .list(
        (0..<Int(reply.pointee.elements)).map { elements[$0].map { copy($0, depth: depth + 1) } ?? .none }
      )
    default: return .none
    }
  }
}

/// Keeps hiredis from making room for more elements than a reply may have.
///
/// It takes a server at its word: after `*2147483647` it walks through 16 GiB of nothing to free them.
@LoopActor private struct ListLimit {
  private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let left: UnsafeMutablePointer<Int>
  private let most: Int

  init?(_ context: UnsafeMutablePointer<redisContext>, _ most: Int) {
    guard let reader = context.pointee.reader, let usual = reader.pointee.fn else { return nil }
    self.most = most
    functions = .allocate(capacity: 1)
    functions.initialize(to: usual.pointee)
    functions.pointee.createArray = { task, count in ListLimit.list(task, Int(count)) }
    left = .allocate(capacity: 1)
    left.initialize(to: most)
    reader.pointee.fn = functions
    reader.pointee.privdata = UnsafeMutableRawPointer(left)
  }

  /// The next reply has its own elements.
  func reset() {
    left.pointee = most
  }

  /// Gives its memory back, after that of the context.
  func free() {
    functions.deallocate()
    left.deallocate()
  }

  /// Makes a list as hiredis' own createArrayObject does; nil (out of memory) beyond the limit.
  private nonisolated static func list(
    _ task: UnsafePointer<redisReadTask>?,
    _ count: Int
  ) -> UnsafeMutableRawPointer? {
    guard let task, let left = task.pointee.privdata?.assumingMemoryBound(to: Int.self),
      (0...left.pointee).contains(count), let memory = calloc(1, MemoryLayout<redisReply>.size)
    else { return nil }
    left.pointee -= count
    let reply = memory.bindMemory(to: redisReply.self, capacity: 1)
    reply.pointee.type = REDIS_REPLY_ARRAY
    if count > 0 {
      guard let elements = calloc(count, MemoryLayout<UnsafeMutableRawPointer?>.size) else {
        Glibc.free(memory)
        return nil
      }
      reply.pointee.element = elements.bindMemory(to: UnsafeMutablePointer<redisReply>?.self, capacity: count)
      reply.pointee.elements = count
    }
    if let parent = task.pointee.parent?.pointee.obj?.assumingMemoryBound(to: redisReply.self) {
      parent.pointee.element[Int(task.pointee.idx)] = reply
    }
    return memory
  }
}
