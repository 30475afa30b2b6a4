internal import Facts
internal import Operations

extension FactChart {
  /// A queue's depth over time, with the thresholds of the main queue.
  static func depth(
    of row: QueueRow,
    _ context: PanelContext
  ) -> FactChart {
    let name = row.depthName
    guard name?.plain == "queue.depth" else {
      // A queue without limits has its greatest depth beside it: one message is no wall.
      let samples = name.flatMap { context.history[$0] }?.samples ?? []
      let most = samples.reduce(10) { max($0, $1.value ?? 0) }
      let scale = SafeText(Format.value(.number(most), unit: .one))
      return FactChart(name, thresholds: [Chart.Threshold(most, label: scale, role: .muted)])
    }
    let limits = context.settings
    func limit(_ value: Int, _ role: ThemeRole) -> Chart.Threshold {
      Chart.Threshold(Double(value), label: SafeText(Format.count(value)), role: role)
    }
    return FactChart(
      name,
      thresholds: [limit(limits.queueWarning, .warn), limit(limits.queueCritical, .crit)]
    )
  }
}

/// One queue told in full: what waits, who takes it, how fast.
struct QueuePage {
  let row: QueueRow
  let context: PanelContext

  /// What it says; of what others tell of a queue where that comes from.
  var page: DetailPage {
    switch row.content {
    case .queue(let queue, _, let oldest): page(of: queue, oldest)
    case .rival(let rival): page(of: rival)
    }
  }

  private func page(of rival: Rival) -> DetailPage {
    var page = DetailPage(title: row.name, state: row.state, headline: rival.told.plain, entries: [])
    page.text = OriginSheet.describe(rival.fact, world: context.world, now: context.now)
    return page
  }

  private func page(of queue: QueuesSnapshot.Queue, _ oldest: Duration?) -> DetailPage {
    let words = QueueWords(queue: queue, oldest: oldest, state: row.state, told: row.told)
    var consumers = KeyValueBlock.Entry("consumers", words.consumers)
    consumers.values += queue.consumerNames.map { StyledText(SafeText($0), .muted) }
    let told = row.depthName.flatMap { context.world.facts.fact($0, at: context.now.monotonic) }
    let why: SafeText = told.map { $0.word.isEmpty ? "" : " \($0.word)" } ?? ""
    var what = StyledText(SafeText(queue.vhost)).then("  \(queue.type)", .muted)
    if let state = queue.state { what.append("  \(state)", queue.isBroken ? .state(.crit) : .muted) }
    if queue.role != .work { what.append("  \(queue.role.rawValue)", .text) }
    var page = DetailPage(
      title: row.name,
      state: row.state,
      headline: "\(row.state.word)\(why)\(Past.since(row.subject, row.state, context))",
      entries: [
        KeyValueBlock.Entry("vhost", what),
        KeyValueBlock.Entry(
          "messages",
          words.ready.then(" ready  ", .muted) + words.unacked.then(" unacked", .muted)
        ),
        consumers,
        KeyValueBlock.Entry("rates", words.rates),
        KeyValueBlock.Entry("oldest", words.oldestText),
        KeyValueBlock.Entry("drain", words.drain),
      ],
      chart: .depth(of: row, context)
    )
    if let problem = queue.problem {
      let text = StyledText("unreadable: \(SafeText(problem))", .state(.error))
      page.entries.insert(KeyValueBlock.Entry("problem", text), at: 1)
    }
    page.changes = Past.changes(
      of: row.subject,
      about: Past.lastChange(of: row.subject, context)?.time,
      context
    )
    return page
  }
}
