import DataSources
import Facts
import Operations
import Panels

/// What a key does: overlay first, then prompt, then view, then everywhere.
enum Keys {
  static func reduce(_ state: inout AppState, _ key: KeyPress, isAlone: Bool) -> [Effect] {
    // What concerns the terminal and not its content holds over everything.
    let command = state.keymap.command(for: key, view: state.view, focus: state.activeView)
    if let command, command == .redraw || command == .suspend { return Commands.run(&state, command) }
    switch state.overlays.last {
    case .dialog(let dialog): return DialogKeys.reduce(&state, dialog, key, isAlone: isAlone)
    case .progress(let act): return ProgressKeys.reduce(&state, act, key, isAlone: isAlone)
    case .sheet(let sheet): return OverlayKeys.reduce(&state, sheet, key)
    case .menu(let menu): return OverlayKeys.reduce(&state, menu, key, isAlone: isAlone)
    case nil: break
    }
    if state.prompt != nil { return PromptKeys.reduce(&state, key, isAlone: isAlone) }
    if key == .enter, state.awaitingLift != nil {
      // Enter on a refusal opens the prompt that lifts it, and answers it.
      state.message = nil
      Palette.open(&state, query: "write 10m ")
      return []
    }
    guard let command else {
      tellUnbound(&state, key)
      return []
    }
    if case .act(let action) = command {
      guard isAlone else {
        state.ignore(key)
        return []
      }
      return Acts.begin(&state, action)
    }
    // What writes a file is meant, and not part of a paste.
    if command == .saveLogs, !isAlone {
      state.ignore(key)
      return []
    }
    if let effects = RunKeys.reduce(&state, command, key, isAlone: isAlone) { return effects }
    return Commands.run(&state, command, isControlC: key == .control("c"))
  }

  /// Says what a key needs that does nothing here, or that it is bound nowhere.
  static func tellUnbound(_ state: inout AppState, _ key: KeyPress) {
    let isCovered = !state.overlays.isEmpty
    if !isCovered, let need = state.keymap.need(of: key) { return state.say(SafeText(need), .warn) }
    // What lies over the screen tells its keys itself.
    let help = isCovered ? "" : state.keymap.key(of: .help).map { ": \($0.name) help" } ?? ""
    state.say("\(SafeText(key.name)) is not bound here\(SafeText(help))", .warn)
  }

  /// A paste feeds a prompt or palette and never acts.
  static func paste(_ state: inout AppState, _ text: String) -> [Effect] {
    let line = String(text.prefix(1_024).filter { !$0.isNewline })
    if case .statement? = state.promptPurpose, state.overlays.isEmpty, var prompt = state.prompt {
      // A line's end parts words, and ends a comment.
      for character in text.prefix(prompt.limit) {
        PromptKeys.edit(&prompt, .character(character.isNewline ? "\n" : character))
      }
      state.prompt = prompt
      PromptKeys.edited(&state)
      return []
    }
    if case .menu(var menu) = state.overlays.last {
      menu.query += line
      Palette.narrow(&menu, state)
      state.overlays[state.overlays.count - 1] = .menu(menu)
    } else if case .sheet(let sheet) = state.overlays.last, sheet.log?.prompt != nil {
      LogKeys.paste(&state, sheet, line)
    } else if case .credentials? = state.promptPurpose, CredentialKeys.reason(against: text) != nil {
      state.say(CredentialKeys.reason(against: text) ?? "", .warn)
    } else if var prompt = state.prompt {
      for character in line { PromptKeys.edit(&prompt, .character(character)) }
      state.prompt = prompt
      PromptKeys.edited(&state)
    } else {
      state.say("a paste does nothing here", .warn)
    }
    return []
  }
}

/// The beginning of an act: the target is frozen when the key is pressed.
enum Acts {
  /// Begins it on the selected row, or on `row`, wherever that is listed.
  static func begin(_ state: inout AppState, _ action: ActionID, on row: PanelItem? = nil) -> [Effect] {
    let meant = row ?? state.activeItem
    // An acting key thaws first: its preview shows live values.
    state.frozen = nil
    if let act = state.act {
      state.say("\(act.plan.title) is still running: one act at a time", .warn)
      state.overlays.append(.progress(act))
      return []
    }
    guard let descriptor = state.keymap.actions.descriptor(of: action) else { return [] }
    if let request = request(state, descriptor, on: meant, takesMarked: row == nil) {
      return plan(&state, request)
    }
    if row == nil, descriptor.takesSeveral, !state.activeLocal.marks.isEmpty {
      let key = state.keymap.key(of: .unmarkAll).map { ": \($0.name) unmarks" } ?? ""
      state.say("not all of the marked rows can be acted on so\(SafeText(key))", .warn)
    } else if let meant, state.activeItems.index(of: meant.id) == nil {
      state.say("\(meant.title) is gone", .warn)
    } else {
      state.say("nothing is selected that this could act on", .warn)
    }
    return []
  }

  /// Asks for the preview of a request, and before for what it can't be planned without.
  static func plan(_ state: inout AppState, _ request: ActionRequest) -> [Effect] {
    guard let descriptor = state.keymap.actions.descriptor(of: request.action) else {
      return [.plan(request)]
    }
    if let argument = descriptor.missing(in: request, isStep: state.runStep != nil) {
      PromptKeys.ask(&state, request, argument, of: descriptor)
      return []
    }
    // A plan may have to ask a server first: the key is answered all the same.
    state.say("preparing the preview: \(SafeText(descriptor.title))")
    guard request.action != RotateCredentials.descriptor.id else {
      state.awaitedPlan = request
      return [.findCredentials(request)]
    }
    return [.plan(request)]
  }

  /// What the action would be asked for the marked rows, else for that row, as they are now; nil if it
  /// doesn't take them.
  static func request(
    _ state: AppState,
    _ action: ActionDescriptor,
    on item: PanelItem?,
    takesMarked: Bool = true
  ) -> ActionRequest? {
    if action.isOfEnvironment {
      var request = ActionRequest(action.id, on: ActionTarget(.environment, name: state.environment.name))
      if let row = action.row, let item, item.kind == row {
        request.arguments = item.arguments
        request.arguments["source"] = item.source
      }
      return request
    }
    let marks = state.activeLocal.marks
    let isMarked = takesMarked && action.takesSeveral && !marks.isEmpty
    // What a filter hides is marked all the same: the frame tells how many, the preview names all.
    let items = isMarked ? state.unfilteredItems.filter { marks.contains($0.id) } : [item].compactMap { $0 }
    let targets = items.compactMap { item -> ActionTarget? in
      guard action.targets.contains(item.kind) else { return nil }
      let world = state.shownMonitor.world
      return ActionTarget(item.kind, row: item.id, name: item.name, title: item.title, in: world)
    }
    // One that can't be acted on, or is gone, is no reason to act on the others alone.
    guard targets.count == (isMarked ? marks.count : items.count) else { return nil }
    return ActionRequest(action.id, on: targets)
  }
}

extension ActionDescriptor {
  /// What is asked for and not given; what a step of a runbook doesn't say is as usual.
  func missing(in request: ActionRequest, isStep: Bool) -> Argument? {
    arguments.first { argument in
      (argument.isRequired || argument.offered != nil && !isStep) && request.arguments[argument.name] == nil
    }
  }

  /// What help and menus put behind a word that opens a preview; what only looks has none.
  var previewMark: String { danger == .always(.look) ? "" : "…" }
}
