/// The room for large replies, over all clients of the process: seven of 16 MiB at once would not fit into memory that
/// a console may take.
///
/// A reply that grows beyond ``small`` takes as much as it may grow to, all at once, so that of two none waits for the
/// other; it keeps what it really needed until nobody reads it any more.
@LoopActor final class ReplyRoom {
  /// The process' own.
  static let shared = ReplyRoom(bytes: 64 << 20)
  /// Up to here a reply takes no room.
  nonisolated static let small = 1 << 20

  /// All there is.
  let bytes: Int
  private(set) var left: Int
  private var waiting: [(bytes: Int, grant: @LoopActor (Lease) -> Void)] = []

  /// Makes a room of its own.
  init(bytes: Int) {
    self.bytes = bytes
    left = bytes
  }

  /// A part of the room, given back when nobody holds it any more.
  @LoopActor final class Lease {
    private let room: ReplyRoom
    private var bytes: Int

    fileprivate init(_ room: ReplyRoom, _ bytes: Int) {
      self.room = room
      self.bytes = bytes
    }

    isolated deinit {
      room.giveBack(bytes)
    }

    /// Gives back all but `bytes`.
    func shrink(to bytes: Int) {
      guard bytes < self.bytes else { return }
      room.giveBack(self.bytes - bytes)
      self.bytes = bytes
    }
  }

  /// Takes part of the room, now or, calling `grant`, once others have given theirs back; first come, first served.
  func take(_ wanted: Int, _ grant: @escaping @LoopActor (Lease) -> Void) -> Lease? {
    let wanted = min(wanted, bytes)
    guard waiting.isEmpty, wanted <= left else {
      waiting.append((wanted, grant))
      return nil
    }
    left -= wanted
    return Lease(self, wanted)
  }

  private func giveBack(_ bytes: Int) {
    left += bytes
    while let first = waiting.first, first.bytes <= left {
      waiting.removeFirst()
      left -= first.bytes
      // Not here: whoever gave back may be in the middle of something. Who has gone meanwhile lets go of it at once.
      let lease = Lease(self, first.bytes)
      LoopActor.task { first.grant(lease) }
    }
  }
}
