import DataSources
import Facts
import Operations
import Panels

/// What `:export FILE` was told to write: a value, so that the reducer says all of it.
struct ExportOrder: Hashable, Sendable {
  /// The forms that a file can have, by how its name ends.
  enum Form: String, Hashable, Sendable, CaseIterable {
    case csv, json
  }

  /// The rows.
  var list: ListExport
  /// The view's title.
  var view: String
  /// When it was asked for.
  var at: WallTime
  /// The file, as it was typed; `~` is the home directory.
  var path: String
  var form: Form
  /// Whether a file that is there may be replaced.
  var replaces: Bool
}

/// `:export FILE`: writes down what the open list shows.
enum Exports {
  private static let words = ["export", "export!"]

  /// The entry for what was typed, where that is this command.
  static func entry(_ query: String) -> MenuModel.Entry? {
    let word = query.prefix { $0 != " " }
    guard words.contains(String(word)) else { return nil }
    let file = query.dropFirst(word.count).trimmed
    let title = file.isEmpty ? "\(word) FILE" : "\(word) \(file)"
    let note = word.hasSuffix("!") ? "replaces the file" : "this list as .csv or .json"
    return MenuModel.Entry(.export(query), title: SafeText(title), note: SafeText(note))
  }

  /// Takes the command as it was typed.
  static func run(_ state: inout AppState, _ query: String) -> [Effect] {
    let word = query.prefix { $0 != " " }
    let path = query.dropFirst(word.count).trimmed
    let ending = path.split(separator: "/").last?.split(separator: ".").dropFirst().last?.lowercased()
    guard let form = ending.flatMap(ExportOrder.Form.init(rawValue:)) else {
      state.say("export takes a file that ends in .csv or .json: type :export lows.csv", .warn)
      return []
    }
    let panel = state.catalog.panel(state.activeView)
    guard let list = panel.export(state.activeLocal, state.context) else {
      state.say("\(panel.descriptor.title) has no list that could be written down", .warn)
      return []
    }
    guard !list.rows.isEmpty else {
      // A file without rows would look like an answer.
      state.say("nothing is listed: no file was written", .warn)
      return []
    }
    let order = ExportOrder(
      list: list,
      view: panel.descriptor.title.string,
      at: state.shownMoment.wall,
      path: path,
      form: form,
      replaces: word.hasSuffix("!")
    )
    return [.export(order)]
  }

  /// Does it, and says what came of it.
  @LoopActor static func write(_ order: ExportOrder, home: String?) async -> (words: SafeText, isWell: Bool) {
    let path = order.path.hasPrefix("~/") ? "\(home ?? "~")\(order.path.dropFirst(1))" : order.path
    let bytes = await LoopActor.onThreadPool {
      let text =
        switch order.form {
        case .csv: order.list.csv
        case .json: order.list.json(view: order.view, at: Format.timestamp(order.at))
        }
      let plain = Array(text.utf8)
      // What a service or a row says may hold a password that the console knows.
      return KnownCredentials.struckOut(of: plain) ?? plain
    }
    let name = SafeText(path)
    switch await ExportFile.write(bytes, to: path, replacing: order.replaces) {
    case nil: return ("\(name): \(SafeText(order.list.told))", true)
    case .exists?: return ("\(name) is there already: :export! \(SafeText(order.path)) replaces it", false)
    case .notPlain?: return ("\(name) is no plain file: nothing was written", false)
    case .failed(let why)?: return ("\(name) can't be written: \(SafeText(why))", false)
    }
  }
}

extension Substring {
  /// Without the spaces around it.
  fileprivate var trimmed: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
