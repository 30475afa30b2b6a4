internal import Facts
internal import Operations

extension ViewID {
  /// Validations of low confidence.
  public static let validations = ViewID("validations")
}

/// Validations of low confidence one by one, or how they are spread over scenarios, languages and validators.
struct ValidationsView: SwitchingPanel {
  static let view = ViewDescriptor(
    id: .validations,
    key: "4",
    title: "Validations",
    shortTitle: "Vali",
    column: .left,
    room: ViewDescriptor.Room(least: 6, beside: 4, most: 9),
    kinds: [.validation, .validationGroup],
    detail: .asked,
    keys: [
      ViewKey("{", help: "lower the threshold") { _, settings in settings.moveThreshold(by: -0.05) },
      ViewKey("}", hint: "threshold", help: "raise the threshold") { _, settings in
        settings.moveThreshold(by: 0.05)
      },
      ViewKey("[", help: "lower the threshold by a hundredth") { _, settings in
        settings.moveThreshold(by: -0.01)
      },
      ViewKey("]", help: "raise the threshold by a hundredth") { _, settings in
        settings.moveThreshold(by: 0.01)
      },
      ViewKey("v", hint: "group", help: "by scenario, language, validators, and one by one") { local, _ in
        let next = (local.grouping + 1) % (ValidationGrouping.allCases.count + 1)
        local = PanelLocal()
        local.grouping = next
      },
    ]
  )

  let descriptor = Self.view

  private let list = ValidationsPanel()

  func shown(_ local: PanelLocal) -> any Panel {
    if let group = local.within { return ValidationsPanel(group: group) }
    guard local.grouping > 0, local.grouping <= ValidationGrouping.allCases.count else { return list }
    return ValidationGroupsPanel(grouping: ValidationGrouping.allCases[local.grouping - 1])
  }

  func inside(_ item: PanelItem, _ local: PanelLocal) -> PanelLocal? {
    guard item.kind == .validationGroup else { return nil }
    var inner = PanelLocal()
    (inner.grouping, inner.within) = (local.grouping, item)
    return inner
  }

  func silentSource(_ context: PanelContext) -> String? { list.silentSource(context) }

  func state(_ context: PanelContext) -> FactState { list.state(context) }

  func title(_ context: PanelContext) -> TileTitle { list.title(context) }

  func summary(_ context: PanelContext) -> SafeText { list.summary(context) }

  func quiet(_ context: PanelContext) -> StyledText? { list.quiet(context) }

  func origin(of item: PanelItem, _ context: PanelContext) -> RowOrigin? {
    guard item.kind == .validationGroup else { return list.origin(of: item, context) }
    return ValidationGrouping.allCases.lazy
      .compactMap { ValidationGroupsPanel(grouping: $0).origin(of: item, context) }.first
  }
}

extension PanelSettings {
  /// Moves the threshold of low confidence, in whole hundredths from 0 to 1.
  mutating func moveThreshold(by step: Double) {
    let percent = ((lowConfidence + step) * 100).rounded()
    lowConfidence = min(1, max(0, percent / 100))
  }
}
