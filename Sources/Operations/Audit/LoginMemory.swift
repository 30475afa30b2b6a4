public import DataSources
public import Facts

/// Remembers refused logins, and the token of a good one, in the state directory, for every console and
/// command-line call.
///
/// Of a login is kept a keyed fingerprint (HMAC-SHA256 under a random key of the same directory) and a
/// time: neither the email address nor the password can be read back from it. The token stands in a file of
/// mode 0600 until it ends.
@LoopActor public final class FileLoginMemory: LoginMemory {
  /// How long a refused pair is not tried again: five refusals lock the account for as long.
  public nonisolated static let duration: Duration = .seconds(15 * 60)

  private let files: LoginMemoryFiles
  private let now: @LoopActor () -> WallTime

  /// The memory in `directory`; it is made at the first refusal.
  public init(
    directory: StateDirectory,
    now: @escaping @LoopActor () -> WallTime = { LoopActor.now().wall }
  ) {
    files = LoginMemoryFiles(directory)
    self.now = now
  }

  /// Until when this pair is not to be tried; nil if it may be.
  public func refusedUntil(email: String, proof: Secret, base: String) async -> WallTime? {
    let files = files
    let now = now()
    return await LoopActor.onThreadPool {
      files.refusedUntil(email: email, proof: proof, base: base, now: now)
    }
  }

  /// The backend has refused this pair now.
  public func remember(refused email: String, proof: Secret, base: String) async {
    let files = files
    let now = now()
    await LoopActor.onThreadPool {
      files.remember(email: email, proof: proof, base: base, now: now)
    }
  }

  /// The token that this pair was given before, and when it ends; nil if none is kept.
  public func token(email: String, proof: Secret, base: String) async -> (secret: Secret, ends: WallTime)? {
    let files = files
    let now = now()
    let kept = await LoopActor.onThreadPool {
      files.token(email: email, proof: proof, base: base, now: now)
    }
    return kept.map { ($0.secret, $0.ends) }
  }

  /// Keeps the token that this pair was given until it ends; nil forgets it.
  public func keep(
    token: (secret: Secret, ends: WallTime)?,
    email: String,
    proof: Secret,
    base: String
  ) async {
    let files = files
    let kept = token.map { KeptToken(secret: $0.secret, ends: $0.ends) }
    await LoopActor.onThreadPool { files.keep(kept, email: email, proof: proof, base: base) }
  }
}

/// A token and when it ends.
private struct KeptToken: Sendable {
  var secret: Secret
  var ends: WallTime
}

/// The memory's two files, with blocking calls: on the thread pool only.
///
/// What can't be read is not remembered: a broken state directory must not keep anybody out.
private struct LoginMemoryFiles: Sendable {
  private struct Entry {
    var fingerprint: String
    var time: Double
  }

  private static let cap = 64 << 10

  private let directory: StateDirectory

  init(_ directory: StateDirectory) {
    self.directory = directory
  }

  func refusedUntil(email: String, proof: Secret, base: String, now: WallTime) -> WallTime? {
    guard let key = try? PrivateFile.contents(keyPath, cap: 64), key.count == Digest.size else {
      return nil
    }
    let fingerprint = Self.fingerprint(key, email, proof, base)
    let refusals = entries(at: now).filter { $0.fingerprint == fingerprint }.map(\.time)
    return refusals.max().map { WallTime(secondsSince1970: $0) + FileLoginMemory.duration }
  }

  func remember(email: String, proof: Secret, base: String, now: WallTime) {
    do throws(FileFailure) {
      try directory.make()
      let lock = try PrivateFile(directory.file("logins.lock"))
      try lock.lock()
      let key = try keyMakingIt()
      var kept = entries(at: now)
      let fingerprint = Self.fingerprint(key, email, proof, base)
      kept.removeAll { $0.fingerprint == fingerprint }
      kept.append(Entry(fingerprint: fingerprint, time: now.secondsSince1970))
      let text = kept.map { "\($0.fingerprint) \(Int64($0.time * 1_000))\n" }.joined()
      try PrivateFile.replace(directory.file("logins"), with: Array(text.utf8))
    } catch {
      // Not remembered: at worst one more refused login.
    }
  }

  func token(email: String, proof: Secret, base: String, now: WallTime) -> KeptToken? {
    guard let key = try? PrivateFile.contents(keyPath, cap: 64), key.count == Digest.size,
      let bytes = try? PrivateFile.contents(tokenPath, cap: Self.cap)
    else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard parts.count == 3, parts[0] == Self.fingerprint(key, email, proof, base),
      let milliseconds = Int64(parts[1])
    else { return nil }
    let ends = WallTime(secondsSince1970: Double(milliseconds) / 1_000)
    guard ends.secondsSince1970 > now.secondsSince1970 else { return nil }
    return KeptToken(secret: Secret(String(parts[2])), ends: ends)
  }

  func keep(_ token: KeptToken?, email: String, proof: Secret, base: String) {
    do throws(FileFailure) {
      try directory.make()
      let lock = try PrivateFile(directory.file("logins.lock"))
      try lock.lock()
      let key = try keyMakingIt()
      let line = token.map { token in
        let milliseconds = Int64(token.ends.secondsSince1970 * 1_000)
        return token.secret.reveal {
          "\(Self.fingerprint(key, email, proof, base)) \(milliseconds) \($0)\n"
        }
      }
      try PrivateFile.replace(tokenPath, with: Array((line ?? "").utf8))
    } catch {
      // Not kept: at worst one more login.
    }
  }

  private var keyPath: String { directory.file("logins.key") }
  private var tokenPath: String { directory.file("login.token") }

  private func keyMakingIt() throws(FileFailure) -> [UInt8] {
    if let key = try PrivateFile.contents(keyPath, cap: 64), key.count == Digest.size { return key }
    guard let key = Digest.randomBytes(Digest.size) else { throw FileFailure(0, at: keyPath) }
    try PrivateFile.replace(keyPath, with: key)
    return key
  }

  /// The refusals that still hold at `now`; a clock set back keeps none from the future.
  private func entries(at now: WallTime) -> [Entry] {
    let read = try? PrivateFile.contents(directory.file("logins"), cap: Self.cap)
    let text = String(decoding: (read ?? nil) ?? [], as: UTF8.self)
    return text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.count == 2, let milliseconds = Int64(parts[1]) else { return nil }
      let time = Double(milliseconds) / 1_000
      let age = now.secondsSince1970 - time
      guard age >= -1, age < FileLoginMemory.duration.seconds else { return nil }
      return Entry(fingerprint: String(parts[0]), time: time)
    }
  }

  private static func fingerprint(
    _ key: [UInt8],
    _ email: String,
    _ proof: Secret,
    _ base: String
  ) -> String {
    // Lengths in front keep two different pairs from running together into one text.
    let message = proof.reveal { proof in
      [base, email, proof].map { "\($0.utf8.count):\($0)" }.joined()
    }
    return Digest.hmac(key: key, Array(message.utf8))
  }
}
