import Facts
import TestSupport
import Testing

@testable import DataSources

extension CaptureTests {
  /// Redis 7.0's INFO.
  @Suite struct RedisInfo {
    static let files = ["redis/redis_info.txt"]

    @Test func informationBecomesFacts() {
      let told = RedisSource.observations(
        pong: .status("PONG"),
        info: Captures.text("redis/redis_info.txt"),
        source: "redis"
      )
      #expect(told.map(\.name) == ["redis.state", "redis.memory", "redis.clients", "redis.uptime"])
      #expect(told.map(\.value) == [.text("up"), .number(1_764_928), .number(21), .number(637)])
      #expect(told.allSatisfy { $0.state == .ok })
      #expect(told[1].origin.excerpt.contains("maxmemory:0\nmaxmemory_policy:noeviction"))
    }
  }
}
