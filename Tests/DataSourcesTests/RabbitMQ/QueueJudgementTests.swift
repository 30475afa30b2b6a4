import Facts
import Testing

@testable import DataSources

/// What is said of queues that are no plain queue of work, or of which the broker tells something impossible.
@Suite struct QueueJudgementTests {
  private func facts(
    _ entries: String,
    off: Bool = false,
    ignored: [String] = []
  ) throws -> [Observation] {
    let json = try #require(JSONValue(parsing: Array("[\(entries)]".utf8)))
    let reply = try #require(QueueReply(json))
    var facts = QueueFacts(
      source: "r",
      query: "GET",
      mainQueue: "celery",
      thresholds: .init(),
      ignored: ignored
    )
    facts.areStatisticsOff = off
    return facts.observations(of: facts.snapshot(of: reply, vhost: "v"))
  }

  private func fact(_ name: FactName, in facts: [Observation]) throws -> Observation {
    try #require(facts.first { $0.name == name })
  }

  private func entry(_ name: String, _ members: String) -> String {
    #"{"name":"\#(name)","vhost":"v",\#(members)}"#
  }

  private static let counts = #""messages_ready":3,"messages_unacknowledged":0,"consumers":0"#

  @Test func aReplyWithoutCountsHasNoValueOfAnything() throws {
    for (off, word) in [(false, "starting"), (true, "statistics are off")] {
      let facts = try facts(#"{"name":"celery","vhost":"v","state":"live"}"#, off: off)
      #expect(facts.count == 11)
      for fact in facts {
        #expect(fact.value == nil && fact.state == .nodata, "\(fact.name)")
        #expect(fact.word == word, "\(fact.name)")
        // What starts is waited for; what will never be told is not.
        if fact.name != "queue.depth" { #expect(fact.absence == (off ? nil : .starting), "\(fact.name)") }
      }
    }
  }

  @Test func aRateThatNeverWasIsSaidToBeSo() throws {
    let stats = #""message_stats":{"publish":3,"publish_details":{"rate":1.5}}"#
    let facts = try facts(entry("q", "\(Self.counts),\(stats)"))
    let published = try fact("queue.q.publish_rate", in: facts)
    #expect(published.value == .number(1.5) && published.word.isEmpty)
    let acked = try fact("queue.q.ack_rate", in: facts)
    #expect(acked.value == nil && acked.state == .nodata && acked.word == "never yet")
  }

  @Test(arguments: ["", #","consumers":null"#])
  func aQueueWhoseConsumersAreNotToldIsNotWell(_ consumers: String) throws {
    let members = #""messages_ready":0,"messages_unacknowledged":0\#(consumers)"#
    let depth = try fact("queue.depth", in: facts(entry("celery", members)))
    #expect(depth.state == .nodata && depth.word == "starting")
    #expect(depth.value == .number(0))
  }

  @Test func aDepthWithoutStatisticsIsTold() throws {
    let members = #""messages_ready":3,"messages_unacknowledged":0,"state":"running""#
    let facts = try facts(entry("celery", members), off: true)
    let depth = try fact("queue.depth", in: facts)
    #expect(depth.value == .number(3) && depth.word == "statistics are off")
    #expect(try fact("queue.celery.consumers", in: facts).state == .nodata)
    #expect(try fact("queue.celery.orphaned", in: facts).value == nil)
  }

  @Test(arguments: ["down", "crashed", "stopped", "minority"])
  func aQueueThatIsDownIsCriticalAndSaysSo(_ state: String) throws {
    // The broker knows nothing else of such a queue.
    let facts = try facts(
      entry("celery", #""state":"\#(state)""#) + "," + entry("other", #""state":"\#(state)""#)
    )
    for name in ["queue.depth", "queue.other.depth"] as [FactName] {
      let told = try fact(name, in: facts)
      #expect(told.state == .crit && told.word == state && told.kind == .health && told.value == nil)
    }
    #expect(try fact("queue.celery.ready", in: facts).state == .nodata)
  }

  @Test func aStateThatIsNotKnownIsNoGoodOne() throws {
    let members =
      Self.counts.replacing("0,\"consumers\":0", with: "0,\"consumers\":1") + #","state":"paused""#
    let told = try fact("queue.q.depth", in: try facts(entry("q", members)))
    #expect(told.state == .warn && told.word == "paused")
  }

  @Test(arguments: [
    ("messages_ready", "-5"), ("messages_ready", "1000.5"), ("messages_ready", "9223372036854775808"),
    ("messages_ready", #""many""#), ("consumers", "-1"), ("messages_unacknowledged", "1e300"),
  ])
  func aCountThatNoBrokerHasIsUnreadable(_ member: String, _ number: String) throws {
    var members = [
      "messages_ready": "0", "messages_unacknowledged": "0", "consumers": "1",
    ]
    members[member] = number
    let facts = try facts(
      entry("celery", members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")) + ","
        + entry("good", Self.counts.replacing("3", with: "0"))
    )
    let depth = try fact("queue.depth", in: facts)
    #expect(depth.state == .error)
    #expect(depth.word.hasPrefix("unreadable: \(member)"), "\(depth.word)")
    #expect(!facts.contains { $0.value == .number(-5) || $0.value == .number(1_000.5) })
    #expect(try fact("queue.good.depth", in: facts).state == .ok)
    #expect(try fact("queue.celery.stalled", in: facts).state == .error)
  }

  @Test(
    arguments: [
      ("classic", 9, true), ("classic", 0, true), ("classic", 4, false), ("quorum", 3, true),
      // With dead letters that are still to be passed on.
      ("quorum", 9, false), ("stream", 9, false),
    ]
  )
  func countsThatContradictEachOtherAreNoDepth(_ type: String, _ messages: Int, _ isWrong: Bool) throws {
    let counts = #""messages_ready":3,"messages_unacknowledged":1,"consumers":1"#
    let facts = try facts(entry("celery", #""type":"\#(type)","messages":\#(messages),\#(counts)"#))
    let depth = try fact("queue.depth", in: facts)
    #expect((depth.state == .error) == isWrong)
    guard isWrong else { return }
    #expect(depth.word == "unreadable: \(messages) messages, of them 3 ready and 1 unacknowledged")
    for name in ["queue.celery.stalled", "queue.celery.consuming"] as [FactName] {
      #expect(try fact(name, in: facts).value == nil && fact(name, in: facts).state == .error)
    }
  }

  /// The number of all messages stands in the first reply, what it is made of in the second.
  @Test(arguments: [("classic", 9, true), ("classic", 4, false), ("quorum", 3, true), ("quorum", 9, false)])
  func countsOfTwoRepliesContradictEachOtherToo(_ type: String, _ messages: Int, _ isWrong: Bool) throws {
    func reply(_ members: String) throws -> QueueReply {
      let text = #"[{"name":"celery","vhost":"v","type":"\#(type)",\#(members)}]"#
      let json = try #require(JSONValue(parsing: Array(text.utf8)))
      return try #require(QueueReply(json))
    }
    var told = try reply(#""messages":\#(messages),"messages_ready":3"#)
    #expect(told.queues.first?.problem == nil)
    told.fill(from: try reply(#""messages_ready":3,"messages_unacknowledged":1"#))
    #expect(told.queues.first?.depth == 4)
    let problem = "\(messages) messages, of them 3 ready and 1 unacknowledged"
    #expect(told.queues.first?.problem == (isWrong ? problem : nil))
  }

  /// A queue that is gone doesn't start: nobody consumes from it.
  @Test func aMainQueueThatIsNotThereIsSaidToBeSo() throws {
    let facts = try facts(entry("other", Self.counts))
    for measure in ["ready", "unacked", "consumers", "stalled", "consuming", "acked"] {
      let told = try fact(FactName("queue", "celery", measure), in: facts)
      #expect(told.value == nil && told.state == .nodata && told.word == "no queue celery", "\(measure)")
      #expect(told.absence == nil, "\(measure)")
    }
    let depth = try fact("queue.depth", in: facts)
    #expect(depth.state == .nodata && depth.kind == .health && depth.word == "no queue celery")
    let unread = try self.facts(entry("other", Self.counts) + #",{"name":7}"#)
    #expect(try fact("queue.depth", in: unread).word == "no queue celery that can be read")
  }

  @Test func anEntryThatCantBeReadIsToldAndTheOthersStand() throws {
    let facts = try facts(
      #"{"name":"\ud800","vhost":"v"},{"name":null},{"name":"q","name":"r"},{"name":"x","vhost":7},"#
        + entry("celery", Self.counts.replacing(#""consumers":0"#, with: #""consumers":2"#))
    )
    #expect(try fact("queue.depth", in: facts).state == .ok)
    #expect(try fact("queue.celery.depth", in: facts).value == .number(3))
    let told = try fact("queue.unreadable", in: facts)
    #expect(told.value == .number(4) && told.state == .error && told.kind == .health)
    #expect(told.word == "an entry can't be read: a name that is no text, +3 more")
    #expect(told.origin.excerpt.contains(#"the key "name" stands twice"#))
    #expect(told.origin.excerpt.contains("a virtual host that is no text"))
  }

  @Test func whoNeedsNoConsumerHasNone() throws {
    let delay =
      #""arguments":{"x-dead-letter-exchange":"celery_delayed_0","x-message-ttl":2000,"x-queue-type":"quorum"}"#
    let facts = try facts(
      [
        entry("celery_delayed_1", "\(Self.counts),\(delay)"),
        entry("log", #"\#(Self.counts),"type":"stream""#),
        entry(
          "work",
          #""messages_ready":0,"messages_unacknowledged":0,"consumers":1,"arguments":{"x-dead-letter-exchange":"","x-dead-letter-routing-key":"dead"}"#
        ),
        entry("dead", Self.counts),
        entry("lost", Self.counts),
      ].joined(separator: ",")
    )
    for (name, word) in [
      ("celery_delayed_1", "delayed messages"), ("log", "stream"), ("dead", "dead letters"),
    ] {
      let depth = try fact(FactName("queue", name, "depth"), in: facts)
      #expect(depth.state == .ok && depth.word == word && depth.kind == .info, "\(name)")
      #expect(try fact(FactName("queue", name, "orphaned"), in: facts).value == .flag(false), "\(name)")
      #expect(try fact(FactName("queue", name, "consumers"), in: facts).state == .ok, "\(name)")
    }
    #expect(try fact("queue.lost.depth", in: facts).state == .crit)
    #expect(try fact("queue.lost.depth", in: facts).word == "no consumers")
  }

  @Test func whereDelayedMessagesGoOnIsAQueueOfWork() throws {
    let retry =
      #""arguments":{"x-dead-letter-exchange":"","x-dead-letter-routing-key":"tasks","x-message-ttl":2000}"#
    let facts = try facts(entry("retry", "\(Self.counts),\(retry)") + "," + entry("tasks", Self.counts))
    #expect(try fact("queue.retry.depth", in: facts).state == .ok)
    #expect(try fact("queue.tasks.depth", in: facts).state == .crit)
  }

  @Test func policiesCountAsArgumentsDoAndBindingsLeadToDeadLetters() throws {
    let policy = #""effective_policy_definition":{"dead-letter-exchange":"dlx"}"#
    let json = try #require(
      JSONValue(
        parsing: Array("[\(entry("tasks", "\(Self.counts),\(policy)")),\(entry("dead", Self.counts))]".utf8)
      )
    )
    var reply = try #require(QueueReply(json))
    #expect(reply.deadLetterExchanges == ["v": ["dlx"]])
    let bindings = #"[{"source":"dlx","vhost":"v","destination":"dead","destination_type":"queue"}]"#
    reply.markDeadLetters(try #require(JSONValue(parsing: Array(bindings.utf8))))
    #expect(reply.queues.map(\.role) == [.work, .deadLetters])
    // Somebody works on it: then it is judged as such.
    reply.queues[1].consumers = 1
    #expect(reply.queues[1].role == .work)
  }

  @Test func whatTheConfigurationIgnoresIsCountedAndSaid() throws {
    let facts = try facts(
      [
        entry("celery", Self.counts), entry("audit.a", Self.counts), entry("audit.b", Self.counts),
        entry("x", Self.counts),
      ]
      .joined(separator: ","),
      ignored: ["audit.*", "cel*"]
    )
    #expect(!facts.contains { $0.name.segments[1].hasPrefix("audit") })
    #expect(try fact("queue.x.depth", in: facts).state == .crit)
    let main = try fact("queue.depth", in: facts)
    #expect(main.state == .crit, "the main queue is never ignored")
    #expect(main.origin.excerpt.hasSuffix("not told, as the configuration says (ignore: audit.* cel*): 2"))
  }

  @Test(arguments: [
    ("*", "", true), ("a*", "abc", true), ("a*", "ba", false), ("*a*b", "xaxxb", true), ("a?c", "abc", true),
    ("a?c", "ac", false), ("celery_delayed_*", "celery_delayed_27", true), ("a", "ab", false),
    ("", "a", false),
    ("*.log", "x.log.log", true),
  ])
  func patternsAreOfWholeNames(_ pattern: String, _ name: String, _ isMatch: Bool) {
    #expect(NamePattern(pattern).matches(name) == isMatch)
  }

  private static let well = #""messages_ready":0,"messages_unacknowledged":0,"consumers":1"#

  @Test func aQueueThatIsListedTwiceIsUnreadable() throws {
    let twice = entry("celery", "\(Self.well),\"state\":\"running\"")
    for other in [Self.counts, Self.well] {
      for entries in [[twice, entry("celery", other)], [entry("celery", other), twice]] {
        let facts = try facts((entries + [entry("good", Self.well)]).joined(separator: ","))
        let depth = try fact("queue.depth", in: facts)
        #expect(depth.state == .error && depth.word == "unreadable: it is listed twice" && depth.value == nil)
        #expect(try fact("queue.celery.consumers", in: facts).state == .error)
        #expect(try fact("queue.good.depth", in: facts).state == .ok)
        #expect(facts.filter { $0.name == "queue.celery.depth" }.count == 1)
      }
    }
    // The same name elsewhere is another queue.
    let elsewhere = try facts(twice + "," + twice.replacing(#""vhost":"v""#, with: #""vhost":"w""#))
    #expect(try fact("queue.depth", in: elsewhere).state == .ok)
  }

  @Test func totalsGiveNoQueueThatIsListedTwiceACount() throws {
    let twice = #"[{"name":"q","vhost":"v"},{"name":"q","vhost":"v"}]"#
    let once = "[\(entry("q", Self.well))]"
    let (listed, totals) = (JSONValue(parsing: Array(twice.utf8)), JSONValue(parsing: Array(once.utf8)))
    var reply = try #require(listed.flatMap { QueueReply($0) })
    reply.fill(from: try #require(totals.flatMap { QueueReply($0) }))
    #expect(reply.queues.count == 1 && reply.queues[0].ready == nil)
    #expect(reply.queues[0].problem == "it is listed twice")
  }

  @Test(arguments: [
    (#""state":7"#, "state is no text"), (#""state":{}"#, "state is no text"),
    (#""type":7"#, "type is no text"),
    (#""message_stats":7"#, "message_stats 7.0"),
    (#""message_stats":{"ack_details":7}"#, "ack rate 7.0"),
  ])
  func aMemberOfAWrongTypeIsNotOneThatIsMissing(_ member: String, _ problem: String) throws {
    let told = try fact("queue.depth", in: facts(entry("celery", "\(Self.well),\(member)")))
    #expect(told.state == .error && told.word == "unreadable: \(problem)")
  }

  @Test(arguments: [
    #""state":null"#, #""type":null"#, #""message_stats":null"#, #""message_stats":[]"#,
    #""message_stats":{}"#,
    #""message_stats":{"ack_details":null}"#, #""message_stats":{"ack_details":{}}"#,
  ])
  func aMemberThatIsMissingIsNoFault(_ member: String) throws {
    #expect(try fact("queue.depth", in: facts(entry("celery", "\(Self.well),\(member)"))).state == .ok)
  }
}
