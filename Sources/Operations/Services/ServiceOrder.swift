public import Facts

/// The order in which services are told, everywhere the same: those that aren't well first, the worst of them
/// above the others and what each explains below it; equals in the order in which they come.
public enum ServiceOrder {
  /// What a service's place depends on.
  public struct Key: Sendable, Hashable {
    let service: String
    let because: String?
    let severity: Int
    let isDown: Bool

    /// The place of a service that is shown in that state.
    public init(_ status: ServiceStatus, _ state: FactState) {
      service = status.service
      because = status.because
      isDown = status.state == .crit
      // "No check" looks worse than it is: what never counts is as good as well.
      severity = status.kind == .info && state == .nodata ? 0 : state.severity
    }
  }

  /// The rows in that order, in one pass: there may be thousands.
  public static func worstFirst<Row>(_ rows: [Row], key: (Row) -> Key) -> [Row] {
    let keys = rows.map(key)
    var down: [String: Int] = [:]
    for key in keys where key.isDown { down[key.service, default: 0] += 1 }
    var explained: [String: [Int]] = [:]
    var ranks: [[Int]] = Array(repeating: [], count: 4)
    for (index, key) in keys.enumerated() {
      if let because = key.because, down[because] != nil {
        explained[because, default: []].append(index)
      } else {
        ranks[3 - key.severity].append(index)
      }
    }
    var order: [Int] = []
    order.reserveCapacity(rows.count)
    var open = Array(ranks.joined().reversed())
    while let index = open.popLast() {
      order.append(index)
      let service = keys[index].service
      guard keys[index].isDown, let left = down[service] else { continue }
      down[service] = left - 1
      // Containers of one service share what they explain: that follows the last of them.
      if left == 1, let below = explained.removeValue(forKey: service) { open += below.reversed() }
    }
    // Whatever has no cause above it is told all the same.
    order += explained.values.joined().sorted()
    return order.map { rows[$0] }
  }
}
