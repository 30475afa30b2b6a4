import DataSources
import Facts
import Operations
import Panels

/// The keys with which other lines of a log are asked for while some are shown.
enum LogKeys {
  private static let help: SafeText = "5m, 2h, or an instant with its zone: 2026-11-28T05:00:00Z"

  /// Asks since when.
  static func open(_ sheet: inout SheetModel) {
    // A number of lines is no time to begin from.
    let former = sheet.log?.request.arguments["lines"].flatMap { LogStart($0) == nil ? nil : $0 } ?? ""
    sheet.log?.prompt = PromptModel(lead: "since ", text: former, note: help)
    sheet.log?.fault = nil
  }

  static func reduce(
    _ state: inout AppState,
    _ sheet: SheetModel,
    _ prompt: PromptModel,
    _ key: KeyPress
  ) -> [Effect] {
    var (sheet, prompt) = (sheet, prompt)
    defer { state.overlays[state.overlays.count - 1] = .sheet(sheet) }
    switch key {
    case .escape, .control("c"):
      sheet.log?.prompt = nil
    case .enter:
      do throws(ExpressionError) {
        _ = try LogStart(parsing: prompt.text)
      } catch {
        // What is shown stays: it was asked for by something else.
        let offset = min(error.offset, prompt.text.utf8.count)
        let bytes = prompt.text.utf8.prefix(offset)
        sheet.log?.fault = String(decoding: bytes, as: UTF8.self).count
        sheet.log?.prompt?.note = SafeText(error.message, limit: 80)
        return []
      }
      guard var request = sheet.log?.request else { return [] }
      request.arguments["lines"] = prompt.text
      sheet.log?.prompt?.note = "…"
      sheet.log?.fault = nil
      return [.plan(request)]
    default:
      PromptKeys.edit(&prompt, key)
      if prompt.text != sheet.log?.prompt?.text {
        prompt.note = help
        sheet.log?.fault = nil
      }
      sheet.log?.prompt = prompt
    }
    return []
  }

  /// What was pasted is typed.
  static func paste(_ state: inout AppState, _ sheet: SheetModel, _ line: String) {
    var sheet = sheet
    guard var prompt = sheet.log?.prompt else { return }
    for character in line { PromptKeys.edit(&prompt, .character(character)) }
    prompt.note = help
    sheet.log?.prompt = prompt
    sheet.log?.fault = nil
    state.overlays[state.overlays.count - 1] = .sheet(sheet)
  }

  /// Puts lines that were asked for in the place of those that are shown; false if none are, or another log's.
  ///
  /// What can't be had leaves what is shown, and the last line says why.
  static func show(_ state: inout AppState, _ verdict: Verdict, of plan: Plan) -> Bool {
    guard case .sheet(let old)? = state.overlays.last, let log = old.log,
      log.request.targets.map(\.name) == plan.request.targets.map(\.name)
    else { return false }
    guard verdict.outcome == .done || !verdict.output.isEmpty else {
      var sheet = old
      sheet.log?.prompt = nil
      state.overlays[state.overlays.count - 1] = .sheet(sheet)
      return true
    }
    state.overlays.removeLast()
    state.overlays.append(.sheet(sheet(verdict, of: plan, state)))
    return true
  }

  /// The lines of a log under how many there are and since when.
  static func sheet(_ verdict: Verdict, of plan: Plan, _ state: AppState) -> SheetModel {
    let lines =
      verdict.output.isEmpty ? [StyledText("no line", .muted)] : verdict.output.map { StyledText($0) }
    var sheet = SheetModel(title: "\(plan.title) · \(verdict.sentence)", lines: lines)
    sheet.log = LogQuestion(plan.request, remark: verdict.caution ?? "")
    // The last that was written is what one looks for.
    sheet.offset = 1_000_000
    sheet.offset = ScreenRenderer.sheetOffset(sheet, width: state.width, height: state.height)
    return sheet
  }
}
