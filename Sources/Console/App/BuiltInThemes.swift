import DataSources
import Panels

/// The themes that ship with the console, read from their YAML.
enum BuiltInThemes {
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
