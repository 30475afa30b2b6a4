import Testing

@testable import Console

#if canImport(Glibc)
import Glibc
#endif

/// What can be said has an effect, and what is advised can be done: checked over the text of the program.
struct ReaderTests {
  /// The Swift files below `Sources`, by path from the root.
  private static let sources: [String: String] = {
    var files: [String: String] = [:]
    var open = ["Sources"]
    while let folder = open.popLast() {
      for name in RepositoryFile.names(in: folder) {
        let path = "\(folder)/\(name)"
        if name.hasSuffix(".swift") {
          files[path] = RepositoryFile.text(path)
        } else if !name.contains(".") {
          open.append(path)
        }
      }
    }
    return files
  }()

  @Test func everyOptionIsReadSomewhere() {
    let text = Self.sources.filter { $0.key.hasPrefix("Sources/Console") }.map(\.value).joined()
    for name in OptionEntry.Name.allCases {
      let isRead = ["has(.", "options[.", "duration(."].contains {
        text.contains("\($0)\(name))") || text.contains("\($0)\(name)]")
      }
      #expect(isRead, "--\(name.rawValue) has no reader")
      let isTaken =
        CommandEntry.commonOptions.contains(name) || CommandEntry.all.contains { $0.options.contains(name) }
      #expect(isTaken, "no command takes --\(name.rawValue)")
    }
  }

  @Test func everyKeyOfTheSchemaIsReadSomewhere() {
    let fields = Self.sources.values.flatMap { text in
      text.matches(of: #/Field\(\s*"(\w+)",\s*(?:optional: )?\\\.([\w.]+)/#).map {
        (key: $0.1, property: $0.2)
      }
    }
    #expect(fields.count > 60)
    // What only checks, prints or carries a setting doesn't read it.
    let readers = Self.sources.filter {
      !$0.key.contains("Schema") && !$0.key.hasSuffix("SettingsCheck.swift")
        && !$0.key.hasPrefix("Sources/DataSources/Settings")
    }
    let read = readers.values.reduce(into: Set<String>()) { $0.formUnion(Self.read(in: $1)) }
    for field in fields where field.property != "self" && field.key != "version" {
      let name = String(field.property.split(separator: ".").last ?? "")
      #expect(read.contains(name), "\(field.key) (\(field.property)) has no reader")
    }
  }

  @Test func whatIsOnlyDescribedOrSetIsNotRead() {
    let text =
      #"Field("base", \.base, .text); self.vhost = vhost; Client(at: url); if let user { api.queue }"#
    #expect(Self.read(in: text) == ["text", "url", "user", "queue"])
  }

  /// The names that stand where a value is read: after a point, as an argument, or bound.
  ///
  /// Not those that are set, and not the key paths of the schema.
  private static func read(in text: String) -> Set<String> {
    let bytes = Array(text.utf8)
    let isWord = { (byte: UInt8) in byte == UInt8(ascii: "_") || isalnum(Int32(byte)) != 0 }
    var names: Set<String> = []
    var start = 0
    while let begin = bytes[start...].firstIndex(where: isWord) {
      let end = bytes[begin...].firstIndex { !isWord($0) } ?? bytes.endIndex
      start = end
      let before = bytes[..<begin]
      let isPoint = before.last == UInt8(ascii: ".") && before.dropLast().last != UInt8(ascii: "\\")
      guard
        isPoint || before.suffix(2).elementsEqual(": ".utf8) || before.suffix(4).elementsEqual("let ".utf8),
        !bytes[end...].prefix(3).elementsEqual(" = ".utf8)
      else { continue }
      names.insert(String(decoding: bytes[begin..<end], as: UTF8.self))
    }
    return names
  }

  @Test func everyAdvisedCommandExists() {
    var texts = Self.sources.map(\.value)
    texts += ["README.md", "docs/KEYS.md"].compactMap(RepositoryFile.text)
    texts += RepositoryFile.names(in: "docs").filter { $0.hasSuffix(".md") }.compactMap {
      RepositoryFile.text("docs/\($0)")
    }
    let advised = texts.flatMap { text in text.matches(of: #/`switchboard ([^`\n]+)`/#).map { String($0.1) } }
    #expect(advised.count > 15)
    for line in Set(advised) where !line.hasPrefix("-") {
      let words = line.split(separator: " ").map(String.init)
      #expect(throws: Never.self, "switchboard \(line)") { try Arguments(parsing: words) }
    }
  }
}

extension RepositoryFile {
  /// What is in a folder below the root.
  static func names(in folder: String) -> [String] {
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    let root = here.dropLast(4).joined(separator: "/")
    guard let directory = opendir("\(root)/\(folder)") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
