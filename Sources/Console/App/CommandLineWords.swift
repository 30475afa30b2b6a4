import DataSources
import Facts
import Operations

extension AppState {
  /// What a person would type in a shell to do what a plan does: preview, question and proof are the same.
  ///
  /// Arguments stand in their order: with one given and one before it not, it is the plan's own words.
  func commandLine(of plan: Plan) -> String {
    let request = plan.request
    guard let action = keymap.actions.descriptor(of: plan.action) else { return plan.exact }
    let arguments = action.arguments.map { request.arguments[$0.name] }.prefix { $0 != nil }.compactMap { $0 }
    // A row tells which one exactly it was beside that; the first database is the one that is meant unless told.
    var given = request.arguments
    if action.row != nil {
      for name in ["begun", "query_begun"] { given[name] = nil }
      if given["source"] == environment.databases.first { given["source"] = nil }
    }
    guard arguments.count == given.count else { return plan.exact }
    // A service goes by the name of its row, which tells several containers apart.
    let targets = action.isOfEnvironment ? [] : plan.steps.map(\.target)
    let names = targets.map { $0.kind == .service ? $0.name : $0.subject }
    let words = ["switchboard"] + environment.options + action.command.split(separator: " ").map(String.init)
    return ShellWords.line(words + names + arguments)
  }
}
