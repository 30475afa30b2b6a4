import DataSources
import Panels

/// The themes that ship with the console, read from their YAML.
enum BuiltInThemes {
  /// The theme that takes the place of another on a light background; nil: the same.
  ///
  /// `default` is the one that goes by the terminal; a theme that was chosen by name is meant.
  static func onLight(_ name: String, _ themes: [String: Theme]) -> Theme? {
    name == "default" ? themes["light"] : nil
  }

  /// All of them by name; one that can't be read is left out, which its test notices.
  static func all() -> [String: Theme] {
    var themes: [String: Theme] = [:]
    for (name, bytes) in Theme.embeddedFiles {
      guard let node = try? YAMLReader.read(bytes, file: "\(name).yaml") else { continue }
      let entries = (node.entries ?? []).compactMap { entry in
        entry.value.text.map { (role: entry.key, color: $0) }
      }
      themes[name] = try? Theme(named: name, entries: entries)
    }
    return themes
  }
}
