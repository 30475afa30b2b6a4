extension Style {
  /// The attributes that say without colours what the roles would say with them.
  public var monoAttributes: Attributes {
    var result = attributes
    switch role {
    case .crit, .warn, .accent, .focus, .stale: result.insert(.bold)
    case .muted, .border, .nodata, .shade: result.insert(.dim)
    case .text, .ok, .selection, .header, .dialog, .button, .graph1, .graph2, .graph3, .graph4, .graph5,
      .graph6:
      break
    }
    switch background {
    // One whole bar: brightness would make patches of it.
    case .selection, .header: return attributes.intersection(.underline).union(.reverse)
    case .button: result.insert(.underline)
    case .dialog, nil: break
    case .text, .muted, .accent, .ok, .warn, .crit, .nodata, .stale, .border, .focus, .shade, .graph1,
      .graph2,
      .graph3, .graph4, .graph5, .graph6:
      result.formSymmetricDifference(.reverse)
    }
    return result
  }
}
