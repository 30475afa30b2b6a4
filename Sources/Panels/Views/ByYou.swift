internal import Facts

/// What the operator did to a service lately.
enum ByYou {
  /// `40s ago`; empty if nothing was done.
  static func text(service: String, _ context: PanelContext) -> StyledText {
    StyledText()
  }
}
