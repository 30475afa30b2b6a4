#if canImport(Glibc)
internal import Glibc
#endif

/// Many cases made from a seed, the same in every run: the claim is that each ends, and ends well.
///
/// A case that fails is told with its seed and its bytes, also one that the process dies of or hangs in
/// (while sweeps run one after another, as `swift test --no-parallel` does). `SWEEP=200` in the environment
/// tries 200 times as many cases.
public struct Sweep: Sendable {
  /// How many times the usual number of cases are tried.
  public static let factor = getenv("SWEEP").flatMap { Int(String(cString: $0)) }.map { max(1, $0) } ?? 1
  /// The most failures that are told.
  private static let mostFailures = 10

  private let seeds: Range<UInt64>

  /// One case that did not end well.
  public struct Failure: Sendable, Equatable, CustomStringConvertible {
    /// `Sweep(seed: thisSeed, cases: 1)` makes the same case again.
    public var seed: UInt64
    /// The bytes of the case.
    public var bytes: [UInt8]
    /// What of the claim doesn't hold.
    public var reason: String

    /// Seed, reason, and the bytes as text and in hexadecimal.
    public var description: String {
      let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      return
        "seed \(seed): \(reason)\n  text \(String(decoding: bytes, as: UTF8.self).debugDescription)\n  hex \(digits)"
    }
  }

  /// A sweep of `cases` cases times ``factor``.
  public init(seed: UInt64, cases: Int) {
    seeds = seed..<(seed + UInt64(cases * Self.factor))
  }

  /// The cases for which `check` tells what is wrong; at most ten.
  public func failures(
    _ make: (inout SeededGenerator) -> [UInt8],
    check: (_ bytes: [UInt8]) -> String?
  ) -> [Failure] {
    var failures: [Failure] = []
    let flight = CaseInFlight(staysOnThread: true)
    for seed in seeds where failures.count < Self.mostFailures {
      var generator = SeededGenerator(state: seed)
      let bytes = make(&generator)
      flight.begin(seed: seed, bytes)
      if let reason = check(bytes) { failures.append(Failure(seed: seed, bytes: bytes, reason: reason)) }
    }
    flight.end()
    return failures
  }

  /// The failures among mutations of valid examples.
  public func failures(of mutation: Mutation, check: (_ bytes: [UInt8]) -> String?) -> [Failure] {
    failures(mutation.bytes, check: check)
  }

  /// The same for a claim about something that takes its time, such as a server's reply.
  public func failures(
    of mutation: Mutation,
    isolation: isolated (any Actor)? = #isolation,
    check: (_ bytes: [UInt8]) async -> String?
  ) async -> [Failure] {
    var failures: [Failure] = []
    let flight = CaseInFlight(staysOnThread: false)
    for seed in seeds where failures.count < Self.mostFailures {
      var generator = SeededGenerator(state: seed)
      let bytes = mutation.bytes(&generator)
      flight.begin(seed: seed, bytes)
      if let reason = await check(bytes) {
        failures.append(Failure(seed: seed, bytes: bytes, reason: reason))
      }
    }
    flight.end()
    return failures
  }
}
