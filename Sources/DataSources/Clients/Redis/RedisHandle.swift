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
  /// hiredis' number and words of the error that ended the connection.
  private(set) var error: (code: Int32, words: String)?

  /// Begins to connect to a numeric address.
  convenience init(address: String, port: Int) {
    self.init(redisConnectNonBlock(address, Int32(clamping: port)))
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
    watch = DescriptorWatch(context.pointee.fd) { [unowned self] ready, status in
      isReady(status < 0 ? [.readable, .writable] : ready)
    }
    watch?.watch([.readable, .writable])
  }

  /// hiredis writes with write(2): a server that hung up would end the process by SIGPIPE.
  private static func ignorePipeSignal() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// How many commands wait for their replies.
  var waitingCount: Int { waiting.count }

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
    let status = redisAppendCommandArgv(context, Int32(words.count), &arguments, lengths)
    guard status == REDIS_OK else { return end() }
    watch?.watch([.readable, .writable])
  }

  private func isReady(_ ready: DescriptorWatch.Events) {
    // Writing first: the write tells whether the connection was made at all.
    if ready.contains(.writable) { write() }
    if ready.contains(.readable) { read() }
  }

  private func write() {
    guard let context else { return }
    var isDone: Int32 = 0
    guard redisBufferWrite(context, &isDone) == REDIS_OK else { return end() }
    watch?.watch(isDone == 0 ? [.readable, .writable] : [.readable])
  }

  private func read() {
    guard let context else { return }
    let before = Self.unread(context)
    guard redisBufferRead(context) == REDIS_OK else { return end() }
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
