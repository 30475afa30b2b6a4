/// Why a theme could not be made; says what to correct.
public struct ThemeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: Sendable, Hashable {
    /// There is no such role.
    case unknownRole
    /// The role was given twice.
    case duplicateRole
    /// Neither `default` nor `#rrggbb`.
    case badColor
    /// The role has no colour.
    case missingRole
  }

  /// What is wrong.
  public let code: Code
  /// The theme's name.
  public let theme: String
  /// The role.
  public let role: String
  /// What stood there, or an advice; may be empty.
  public let detail: String

  /// One line for the operator.
  public var description: String {
    switch code {
    case .unknownRole: "theme \(theme): there is no role \(role)\(detail)"
    case .duplicateRole: "theme \(theme): role \(role) stands twice"
    case .badColor: "theme \(theme): \(role): expected default or \"#rrggbb\", found \(detail)"
    case .missingRole: "theme \(theme): role \(role) has no colour"
    }
  }
}

/// A colour for every role.
public struct Theme: Sendable, Hashable {
  /// Its name: the file's, without `.yaml`.
  public let name: String
  private let colors: [ThemeRole: ThemeColor]

  /// Makes a theme from what a theme file says: every role once, each `default` or `#rrggbb`.
  ///
  /// - Throws: ``ThemeError``; the first thing that is wrong, in the file's order, then what is missing.
  public init(named name: String, entries: [(role: String, color: String)]) throws(ThemeError) {
    var colors: [ThemeRole: ThemeColor] = [:]
    for entry in entries {
      guard let role = ThemeRole(rawValue: entry.role) else {
        throw ThemeError(
          code: .unknownRole,
          theme: name,
          role: entry.role,
          detail: "; roles are \(ThemeRole.allCases.map(\.rawValue).joined(separator: ", "))"
        )
      }
      guard let color = ThemeColor(entry.color) else {
        throw ThemeError(code: .badColor, theme: name, role: entry.role, detail: entry.color)
      }
      if colors.updateValue(color, forKey: role) != nil {
        throw ThemeError(code: .duplicateRole, theme: name, role: entry.role, detail: "")
      }
    }
    for role in ThemeRole.allCases where colors[role] == nil {
      throw ThemeError(code: .missingRole, theme: name, role: role.rawValue, detail: "")
    }
    self.name = name
    self.colors = colors
  }

  /// The theme without colours: attributes carry what matters.
  ///
  /// Used for `NO_COLOR` too.
  public static let mono = Theme(
    name: "mono",
    colors: Dictionary(uniqueKeysWithValues: ThemeRole.allCases.map { ($0, .standard) })
  )

  private init(name: String, colors: [ThemeRole: ThemeColor]) {
    self.name = name
    self.colors = colors
  }

  /// The colour of a role.
  public subscript(role: ThemeRole) -> ThemeColor {
    colors[role] ?? .standard
  }

  /// The colour of text on a background of its own: the terminal's own text may be as dark, or as light.
  public func textColor(on background: ThemeRole) -> ThemeColor {
    guard self[.text] == .standard, let luminance = self[background].luminance else { return self[.text] }
    return luminance < 0.179 ? .rgb(0xE6, 0xE9, 0xEE) : .rgb(0x14, 0x17, 0x1C)
  }

  /// Whether it has no colour at all, so that attributes must tell what colours would.
  public var isMono: Bool {
    colors.values.allSatisfy { $0 == .standard }
  }

  /// The embedded theme files by name, as YAML: a flat map of role to colour.
  public static let embeddedFiles: [(name: String, yaml: [UInt8])] = [
    ("default", PackageResources.default_yaml), ("light", PackageResources.light_yaml),
    ("mono", PackageResources.mono_yaml),
  ]
}
