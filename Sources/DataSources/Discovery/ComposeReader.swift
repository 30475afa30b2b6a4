internal import Facts

/// Reads compose files plainly: what the console needs of them, leniently; YAML and JSON alike.
public struct ComposeReader {
  /// A file to read: where, and its text.
  public struct File: Sendable {
    /// The path.
    public var path: String
    /// The bytes.
    public var bytes: [UInt8]

    /// Makes a file.
    public init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  private let variables: ComposeVariables
  /// The text of an `env_file`, by its path; nil when it can't be read.
  private let environmentFile: (String) -> String?
  private var missing: Set<String> = []
  private var notes: [String] = []

  private init(variables: ComposeVariables, environmentFile: @escaping (String) -> String?) {
    self.variables = variables
    self.environmentFile = environmentFile
  }

  /// Reads files, the later over the earlier, into one project.
  /// - Parameters:
  ///   - files: the compose files, or the output of `docker compose config`, in merge order.
  ///   - directory: where relative paths start from, and what the project is named for unless told.
  ///   - variables: what `${…}` stands for.
  ///   - environmentFile: reads an `env_file` by its path.
  /// - Returns: the project; what was not understood is in its notes.
  /// - Throws: when a file is no YAML.
  public static func read(
    _ files: [File],
    directory: String,
    variables: ComposeVariables,
    environmentFile: @escaping (String) -> String? = { _ in nil }
  ) throws(YAMLError) -> ComposeProject {
    var reader = ComposeReader(variables: variables, environmentFile: environmentFile)
    var project = ComposeProject(
      name: "",
      directory: directory,
      files: files.map(\.path),
      services: []
    )
    for file in files {
      let root = try YAMLReader.read(file.bytes, file: file.path)
      guard root.entries != nil else {
        throw YAMLError("expected a mapping with `services`", at: root.location)
      }
      if let name = reader.text(root["name"]), !name.isEmpty { project.name = name }
      if let include = root["include"] {
        reader.notes.append("\(include.location): `include` is not followed")
      }
      for entry in root["services"]?.entries ?? [] {
        let index = project.services.firstIndex { $0.name == entry.key }
        var service = index.map { project.services[$0] } ?? ComposeService(name: entry.key)
        reader.read(entry.value, directory, into: &service)
        if let index { project.services[index] = service } else { project.services.append(service) }
      }
    }
    project.name = reader.projectName(written: project.name, directory)
    reader.activate(&project.services)
    reader.missing.sorted().forEach { reader.notes.append("the variable \($0) is not set") }
    project.notes = reader.notes.map { SafeText($0) }
    return project
  }

  private func projectName(written: String, _ directory: String) -> String {
    if let name = variables["COMPOSE_PROJECT_NAME"], !name.isEmpty { return name }
    if !written.isEmpty { return written }
    return ComposeProject.normalizedName(String(directory.split(separator: "/").last ?? ""))
  }

  private func activate(_ services: inout [ComposeService]) {
    let on = Set((variables["COMPOSE_PROFILES"] ?? "").split(separator: ",").map(String.init))
    for index in services.indices {
      let profiles = services[index].profiles
      services[index].isActive = profiles.isEmpty || on.contains("*") || !on.isDisjoint(with: profiles)
    }
  }

  private mutating func read(_ node: YAMLNode, _ directory: String, into service: inout ComposeService) {
    if let image = text(node["image"]) { service.image = image }
    if let name = text(node["container_name"]) { service.containerName = name }
    if let check = node["healthcheck"] {
      let isDisabled = text(check["disable"]) == "true" || texts(check["test"]) == ["NONE"]
      service.hasHealthCheck = !isDisabled
    }
    if let profiles = node["profiles"] { service.profiles = texts(profiles) }
    if let command = node["command"] { service.command = words(command) }
    if let extends = node["extends"] { notes.append("\(extends.location): `extends` is not followed") }
    let dependencies = node["depends_on"].map { names($0) } ?? []
    for name in dependencies where !service.dependsOn.contains(name) {
      service.dependsOn.append(name)
    }
    if let ports = node["ports"] {
      if ports.tag == "!reset" || ports.tag == "!override" { service.ports = [] }
      for element in ports.elements ?? [] {
        for port in self.ports(element) where !service.ports.contains(port) { service.ports.append(port) }
      }
    }
    readEnvironment(node, directory, into: &service)
  }

  private mutating func readEnvironment(
    _ node: YAMLNode,
    _ directory: String,
    into service: inout ComposeService
  ) {
    var fromFiles: [String: String] = [:]
    for element in node["env_file"].map({ $0.elements ?? [$0] }) ?? [] {
      guard let name = text(element["path"] ?? element) else { continue }
      let path = UpwardSearch.join(directory, name.hasPrefix("./") ? String(name.dropFirst(2)) : name)
      if !service.environmentFiles.contains(path) { service.environmentFiles.append(path) }
      guard let content = environmentFile(path) else { continue }
      let found = ComposeVariables.parseEnvFile(content, over: variables)
      fromFiles.merge(found) { _, new in new }
    }
    service.environment.merge(fromFiles) { own, _ in own }
    for entry in node["environment"]?.entries ?? [] {
      service.environment[entry.key] = entry.value.isNull ? variables[entry.key] : text(entry.value)
    }
    for element in node["environment"]?.elements ?? [] {
      guard let line = text(element) else { continue }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      service.environment[String(parts[0])] =
        parts.count == 2 ? String(parts[1]) : variables[String(parts[0])]
    }
  }

  /// A port in the short or the long syntax; several for a range.
  private mutating func ports(_ node: YAMLNode) -> [ComposePort] {
    guard node.entries == nil else {
      guard text(node["protocol"]) ?? "tcp" == "tcp", let target = text(node["target"]).flatMap({ Int($0) }),
        let published = text(node["published"]).flatMap({ ComposeText.range($0[...])?.first })
      else { return [] }
      return [ComposePort(hostAddress: text(node["host_ip"]) ?? "", published: published, target: target)]
    }
    return text(node).map(ComposeText.ports) ?? []
  }

  private mutating func text(_ node: YAMLNode?) -> String? {
    node?.text.map { variables.interpolate($0, missing: &missing) }
  }

  private mutating func texts(_ node: YAMLNode?) -> [String] {
    guard let node else { return [] }
    return (node.elements ?? [node]).compactMap { text($0) }
  }

  /// A list, or the keys of a mapping.
  private mutating func names(_ node: YAMLNode) -> [String] {
    node.entries?.map(\.key) ?? texts(node)
  }

  /// A command as words; of a text the words between blanks, quotes taken off.
  private mutating func words(_ node: YAMLNode) -> [String] {
    if node.elements != nil { return texts(node).flatMap(ComposeText.unwrapped) }
    return ComposeText.words(text(node) ?? "")
  }
}
