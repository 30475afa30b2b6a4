import Facts
import Panels

/// The rows of a view as they were last made, and all that they were made from.
///
/// Every key asks for them more than once. The world's version stands for all that is known; ages move with
/// it, since time passes by events, too.
struct KnownItems: Sendable {
  struct Ground: Equatable {
    var environment: String
    var version: Int
    var view: ViewID
    var filter: String
    var sortColumn: Int?
    var isDescending: Bool
    var isGrouped: Bool
    var grouping: Int
    var within: PanelItem?
    var toldWithin: Int?
    var settings: PanelSettings
    var run: String?
    var logs: Int?
    var datastores: Int?
    var section: String?
    var statement: Int?
  }

  var ground: Ground
  var items: PanelItems
}
