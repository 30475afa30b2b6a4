internal import Facts

/// A view that shows one of several panels: what is asked of its list is answered by the one that is shown.
///
/// What is said of the view as a whole, whichever is shown, is its own.
protocol SwitchingPanel: Panel {
  /// The panel that is shown.
  func shown(_ local: PanelLocal) -> any Panel
}

extension SwitchingPanel {
  func items(_ local: PanelLocal, _ context: PanelContext) -> PanelItems {
    shown(local).items(local, context)
  }

  func count(_ local: PanelLocal, _ context: PanelContext) -> Int { shown(local).count(local, context) }

  func sortColumns(_ local: PanelLocal) -> [SortColumn] { shown(local).sortColumns(local) }

  func export(_ local: PanelLocal, _ context: PanelContext) -> ListExport? {
    shown(local).export(local, context)
  }

  func wish(_ local: PanelLocal, _ context: PanelContext) -> Int? { shown(local).wish(local, context) }

  func page(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? {
    shown(local).page(local, context)
  }

  func openPage(_ local: PanelLocal, _ context: PanelContext) -> DetailPage? {
    shown(local).openPage(local, context)
  }

  func render(
    _ local: PanelLocal,
    _ context: PanelContext,
    isFocused: Bool,
    into buffer: inout CellBuffer,
    area: Rect
  ) -> ListPosition? {
    shown(local).render(local, context, isFocused: isFocused, into: &buffer, area: area)
  }
}
