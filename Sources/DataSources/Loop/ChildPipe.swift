internal import CUV
internal import Facts

/// The console's end of a child's output: keeps the first bytes, reads and drops the rest.
@LoopActor final class ChildPipe {
  /// What was kept.
  private(set) var bytes: [UInt8] = []
  /// Whether more came than was kept.
  private(set) var isCut = false
  /// Whether nothing more comes.
  private(set) var isAtEnd = false

  private let cap: Int
  private var handle: UnsafeMutablePointer<uv_pipe_t>?
  private var buffer: UnsafeMutableRawBufferPointer?
  private var ended: (@LoopActor () -> Void)?

  init(cap: Int) {
    self.cap = cap
    let handle = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
    uv_pipe_init(LoopActor.loop.uv, handle, 0)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    self.handle = handle
  }

  /// Makes this pipe one of the child's standard descriptors.
  func prepare(_ container: inout uv_stdio_container_t) {
    guard let handle else { return }
    container.flags = uv_stdio_flags(UV_CREATE_PIPE.rawValue | UV_WRITABLE_PIPE.rawValue)
    container.data.stream = cuv_stream(handle)
  }

  /// Reads to the end and calls `ended` there.
  func read(_ ended: @escaping @LoopActor () -> Void) {
    guard let handle else { return }
    self.ended = ended
    let status = uv_read_start(
      cuv_stream(handle),
      { handle, _, answer in
        guard let handle, let answer else { return }
        let pipe = Unmanaged<ChildPipe>.fromOpaque(handle.pointee.data).takeUnretainedValue()
        LoopActor.assumeIsolated(with: answer) { pipe.lend($0) }
      },
      { handle, count, buffer in
        guard let handle else { return }
        let pipe = Unmanaged<ChildPipe>.fromOpaque(handle.pointee.data).takeUnretainedValue()
        LoopActor.assumeIsolated(with: buffer?.pointee.base) { pipe.take($0, count) }
      }
    )
    if status != 0 { close() }
  }

  /// The last line of what was kept, at most a few hundred bytes.
  var lastWords: String {
    let lines = bytes.suffix(512).split(separator: 0x0A)
    return lines.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Ends the reading; safe to call again.
  func close() {
    guard let handle else { return }
    self.handle = nil
    isAtEnd = true
    ended = nil
    uv_close(cuv_handle(handle)) { handle in
      guard let handle else { return }
      let pipe = Unmanaged<ChildPipe>.fromOpaque(handle.pointee.data).takeRetainedValue()
      LoopActor.assumeIsolated { pipe.freeBuffer() }
      handle.withMemoryRebound(to: uv_pipe_t.self, capacity: 1) { $0.deallocate() }
    }
  }

  private func lend(_ answer: UnsafeMutablePointer<uv_buf_t>) {
    let buffer = buffer ?? .allocate(byteCount: 64 << 10, alignment: 1)
    self.buffer = buffer
    answer.pointee = uv_buf_init(
      buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
      UInt32(buffer.count)
    )
  }

  private func freeBuffer() {
    buffer?.deallocate()
    buffer = nil
  }

  private func take(_ base: UnsafeMutablePointer<CChar>?, _ count: Int) {
    guard count >= 0 else {
      // The end, or an error, which is one too.
      let ended = ended
      close()
      ended?()
      return
    }
    guard count > 0, let base else { return }
    let kept = min(count, cap - bytes.count)
    if kept < count { isCut = true }
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: kept))
  }
}
