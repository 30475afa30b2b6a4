public import Facts
public import Operations

/// The whole screen as one value: what the reducer leaves and ``ScreenRenderer`` draws.
public struct ScreenModel: Sendable {
  /// The size in columns, 1 and above.
  public var width: Int
  /// The size in rows, 1 and above.
  public var height: Int
  /// What panels draw from.
  public var context: PanelContext
  /// The header line.
  public var header: HeaderModel
  /// The views that there are.
  public var catalog = PanelCatalog.standard
  /// The open view.
  public var view: ViewID
  /// The tile that has the keys on the overview (a view other than `.overview`).
  public var focus: ViewID
  /// Whether the focused tile fills the overview.
  public var isFullScreen: Bool
  /// The layout of the overview that `p` chose; 0 is the automatic one.
  public var layout: Int
  /// What the user has done to each panel.
  public var locals: [ViewID: PanelLocal]
  /// What lies over the panels; the topmost last.
  public var overlays: [Overlay]
  /// The one-line prompt that has the keys; nil if none.
  public var prompt: PromptModel?
  /// The last line's message, in place of the hints; nil if none.
  public var message: MessageModel?
  /// Up to six hints for the focus: key and word, the most useful first.
  public var hints: [KeyHint]
  /// What can be done to rows.
  public var actions = ActionCatalog.standard.all

  /// Makes a model of an empty overview.
  public init(width: Int, height: Int, context: PanelContext, header: HeaderModel) {
    self.width = width
    self.height = height
    self.context = context
    self.header = header
    view = .overview
    focus = .services
    isFullScreen = false
    layout = 0
    locals = [:]
    overlays = []
    prompt = nil
    message = nil
    hints = []
  }
}

/// What the header line says; parts are dropped from the last when narrow.
public struct HeaderModel: Sendable, Hashable {
  /// The environment's label: `DEV`.
  public var label: SafeText
  /// The name of the environment's colour: `blue`; an unknown one is the accent.
  public var color: String
  /// The project: `voiceai`.
  public var project: SafeText
  /// What counts and how it is, the worst first.
  public var health: [Health.Phrase]
  /// `write`, `read-only`, `write 9m`.
  public var mode: SafeText
  /// Whether the mode deserves attention (a lift that runs out).
  public var isModeAlarming: Bool
  /// `FROZEN 14:03:11`; nil while live.
  public var frozen: SafeText?
  /// How many sources answer.
  public var sourcesWell: Int
  /// How many sources there are.
  public var sources: Int
  /// `supervisor`, `compose`.
  public var runtime: SafeText
  /// The interval of the fastest polls, when `+` `-` changed it: `every 4s`; else empty.
  public var interval: SafeText
  /// `14:03`, with seconds when they matter.
  public var clock: SafeText
  /// The act that goes on behind the screen: `restarting postgres 0:12`; else empty.
  public var act: SafeText = ""

  /// Makes a header.
  public init(
    label: SafeText,
    color: String = "",
    project: SafeText = "",
    health: [Health.Phrase] = [],
    mode: SafeText = "write",
    isModeAlarming: Bool = false,
    frozen: SafeText? = nil,
    sourcesWell: Int = 0,
    sources: Int = 0,
    runtime: SafeText = "",
    interval: SafeText = "",
    clock: SafeText = ""
  ) {
    self.label = label
    self.color = color
    self.project = project
    self.health = health
    self.mode = mode
    self.isModeAlarming = isModeAlarming
    self.frozen = frozen
    self.sourcesWell = sourcesWell
    self.sources = sources
    self.runtime = runtime
    self.interval = interval
    self.clock = clock
  }
}

/// What can lie over the panels.
public enum Overlay: Sendable, Equatable {
  /// A preview with its confirmation.
  case dialog(DialogModel)
  /// An act under way or just ended, with its live proof.
  case progress(ProgressModel)
  /// Lines to read and scroll: help, `i`.
  case sheet(SheetModel)
  /// A list to choose from: palette, `x`.
  case menu(MenuModel)
}

/// A preview and its buttons; highlighted first is Cancel.
public struct DialogModel: Sendable, Equatable {
  /// The buttons, in order.
  public enum Button: String, Sendable, Equatable, CaseIterable {
    case cancel = "Cancel"
    case run = "Run"
    case dryRun = "Dry run"
    case copy = "Copy"
  }

  /// What will run, on what, and what will prove it; frozen.
  public var plan: Plan
  /// The environment's label: `DEV`.
  public var label: SafeText
  /// The highlighted button; nil while the text field has the focus.
  public var highlighted: Button?
  /// What was typed of the name that confirms a destructive plan; nil for any other.
  public var typed: PromptModel?
  /// How many lines the rows are scrolled down.
  public var offset: Int
  /// Whether its end was seen once: until then Run is disabled where rows are cut.
  ///
  /// The reducer sets it after a paint, when ``ScreenRenderer/dialogLayout(_:width:height:)`` says that
  /// nothing more is below.
  public var isScrolledThrough = false
  /// What changed under the dialog, or what a key did; shown above the rows.
  public var notice: SafeText?
  /// Why it would be refused if it were confirmed now; nil if it wouldn't.
  public var refusal: Refusal?
  /// The dry run's text once `D` asked for it.
  public var dryRun: SafeText?

  /// Makes a dialog as it opens.
  public init(plan: Plan, label: SafeText) {
    self.plan = plan
    self.label = label
    let isTyped = plan.danger == .destructive
    highlighted = isTyped ? nil : .cancel
    typed = isTyped ? PromptModel(lead: "type \(SafeText(plan.typedName)): ") : nil
    offset = 0
  }

  /// Whether the name that confirms it stands there, or none is needed.
  public var isNamed: Bool { typed.map { $0.text == plan.typedName } ?? true }
}

/// An act and its proof.
public struct ProgressModel: Sendable, Equatable {
  /// What was confirmed.
  public var plan: Plan
  /// The environment's label.
  public var label: SafeText
  /// What happened so far, oldest first.
  public var events: [ActionEvent]
  /// The state before the act, for before/now: `running, up 2h, healthy 4/4`.
  public var before: SafeText
  /// When it was confirmed.
  public var startedAt: Moment
  /// The verdict once there is one.
  public var verdict: Verdict?
  /// Whether "is running: Esc stay, y leave" is asked.
  public var asksToLeave: Bool
  /// Whether what it came to be about stands in a row that can be opened.
  public var hasRow = false
  /// Whether a runbook is for what it came to be about.
  public var hasRunbook = false
  /// The service whose last lines tell more of it; nil: none.
  public var logs: SafeText?

  /// What it came to be about: the execution that it began, else what was acted on.
  public var subject: ActionTarget { verdict?.subject ?? target }

  /// Whether its preview is offered once more: it is over, and known to have failed or able to go on.
  public var canBeTriedAgain: Bool { verdict.map { $0.outcome == .failed || $0.again != nil } ?? false }

  /// Whether somebody has to go on: it failed, nobody knows, or nothing proves it; not what a person did by hand.
  public var isOpenEnded: Bool { verdict.map { $0.outcome != .done && !$0.isByHand } ?? false }

  /// What was acted on last: of several targets the one at which it ended.
  public var target: ActionTarget {
    let numbers = events.compactMap { event in
      if case .step(let number, _, _) = event { return number }
      return nil
    }
    guard let last = numbers.last, plan.steps.indices.contains(last - 1) else { return plan.target }
    return plan.steps[last - 1].target
  }

  /// Makes a progress that has just begun.
  public init(plan: Plan, label: SafeText, before: SafeText, startedAt: Moment) {
    self.plan = plan
    self.label = label
    self.before = before
    self.startedAt = startedAt
    events = []
    asksToLeave = false
  }
}

/// A titled text that scrolls.
public struct SheetModel: Sendable, Equatable {
  /// The title.
  public var title: SafeText
  /// The lines, wrapped by the renderer.
  public var lines: [StyledText]
  /// How many lines it is scrolled down.
  public var offset: Int
  /// The key that opened it, and closes it again: `?`, `i`; nil if none did.
  public var key: Character?
  /// What was typed to narrow it; nil while nothing is being typed.
  public var query: String?
  /// What `c` copies; nil: it is a letter like others.
  public var copy: String?
  /// What its lines were asked for by; nil: they are those of no log.
  public var log: LogQuestion?

  /// Makes a sheet at its top.
  public init(title: SafeText, lines: [StyledText]) {
    self.title = title
    self.lines = lines
    offset = 0
  }

  /// The lines that hold what was typed, ignoring case, each below the unindented line that heads it; one
  /// that is found brings all that stands below it.
  var shownLines: [StyledText] {
    guard let query = query?.lowercased(), !query.isEmpty else { return lines }
    var shown: [StyledText] = []
    var head: (line: StyledText, isFound: Bool, isShown: Bool)?
    for line in lines {
      let text = line.plain.string
      let isFound = text.lowercased().contains(query)
      if text.hasPrefix(" ") {
        guard !text.allSatisfy({ $0 == " " }), isFound || head?.isFound == true else { continue }
        if let heading = head, !heading.isShown {
          shown.append(heading.line)
          head?.isShown = true
        }
        shown.append(line)
      } else {
        head = (line, isFound, isFound)
        if isFound { shown.append(line) }
      }
    }
    return shown
  }
}

/// What the lines of a log were asked for by, and what is typed to ask for others.
public struct LogQuestion: Sendable, Equatable {
  /// The request; its `lines` say how many, or since when.
  public var request: ActionRequest
  /// What isn't known of the lines that are shown; empty where all is.
  public var remark: SafeText
  /// Since when is being typed; nil while it isn't.
  public var prompt: PromptModel?
  /// Where in what is typed the mistake is, in characters; the prompt's note says which.
  public var fault: Int?

  /// Asked for by that.
  public init(_ request: ActionRequest, remark: SafeText = "") {
    self.request = request
    self.remark = remark
  }
}

/// A one-line prompt: `/` filter, `:` command.
public struct PromptModel: Sendable, Hashable {
  /// What stands before the text: `/`, `:`.
  public var lead: SafeText
  /// The text, raw as typed.
  public var text: String
  /// The cursor's place, in characters.
  public var cursor: Int
  /// What the text would do, or why it is wrong.
  public var note: SafeText
  /// At which of its characters the text is wrong; nil: it isn't, as far as that is known.
  public var fault: Int?
  /// Whether the text is a secret, of which the screen shows nothing but its length.
  public var isMasked = false
  /// So many characters can be typed.
  public var limit = 1_024

  /// Makes a prompt with the cursor at the end.
  public init(lead: SafeText, text: String = "", note: SafeText = "") {
    self.lead = lead
    self.text = text
    cursor = text.count
    self.note = note
  }
}

/// A message on the last line.
public struct MessageModel: Sendable, Hashable {
  /// What it says.
  public var text: SafeText
  /// How serious it is.
  public var state: FactState

  /// Makes a message.
  public init(_ text: SafeText, state: FactState = .ok) {
    self.text = text
    self.state = state
  }
}

/// A key and its word on the hint line.
public struct KeyHint: Sendable, Hashable {
  /// The key as it is written: `r`, `Enter`, `Ctrl-R`.
  public var key: SafeText
  /// What it does, in a word or two.
  public var word: SafeText

  /// Makes a hint.
  public init(_ key: SafeText, _ word: SafeText) {
    self.key = key
    self.word = word
  }
}
