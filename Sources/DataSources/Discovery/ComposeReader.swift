internal import Facts

/// Reads compose files as compose itself does, as far as the console needs of them; YAML and JSON alike.
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
  /// The variables whose `_FILE` is read.
  private let accountVariables: Set<String>
  private var loader: ComposeLoader
  private let content: (String) -> Result<[UInt8], LocalFile.Failure>

  private init(
    variables: ComposeVariables,
    _ accountVariables: Set<String>,
    content: @escaping (String) -> Result<[UInt8], LocalFile.Failure>
  ) {
    self.variables = variables
    self.accountVariables = accountVariables
    self.content = content
    loader = ComposeLoader(content: content)
  }

  /// Reads files, the later over the earlier, into one project.
  /// - Parameters:
  ///   - files: the compose files, or the output of `docker compose config`, in merge order.
  ///   - directory: where relative paths start from, and what the project is named for unless told.
  ///   - variables: what `${…}` stands for.
  ///   - catalog: the kinds of sources whose accounts are looked for.
  ///   - content: reads what the files lead to: env files, `include`, `extends`.
  /// - Returns: the project; what is not followed, or refused by compose, is in its notes.
  /// - Throws: when a file can't be read, is no YAML or leads round in a circle.
  public static func read(
    _ files: [File],
    directory: String,
    variables: ComposeVariables,
    catalog: SourceCatalog = .standard,
    content: @escaping (String) -> Result<[UInt8], LocalFile.Failure> = ComposeReader.nothing
  ) throws(YAMLError) -> ComposeProject {
    let roots = try documents(of: files)
    let (name, place) = projectName(roots.flatMap(\.documents), directory, variables)
    var variables = variables
    // Compose itself sets it for the files.
    if variables["COMPOSE_PROJECT_NAME"] ?? "" == "" {
      variables.process["COMPOSE_PROJECT_NAME"] = name
    }
    var reader = ComposeReader(variables: variables, catalog.accountVariables, content: content)
    let scope = ComposeScope(directory: directory, variables: variables)
    let tree = try reader.loader.load(roots, scope)
    var project = ComposeProject(name: name, directory: directory, files: files.map(\.path), services: [])
    for entry in tree["services"]?.entries ?? [] {
      project.services.append(reader.service(entry, tree["secrets"]))
    }
    project.place = place
    if name != ComposeProject.normalizedName(name) {
      reader.loader.note("compose refuses the project's name \(name)")
    }
    reader.activate(&project.services)
    reader.loader.missing.sorted().forEach { reader.loader.note("the variable \($0) is not set") }
    project.notes = reader.loader.notes.map { SafeText($0) }
    return project
  }

  /// There are no other files.
  public static func nothing(_ path: String) -> Result<[UInt8], LocalFile.Failure> {
    .failure(.missing(path))
  }

  private static func documents(of files: [File]) throws(YAMLError) -> [ComposeLoader.Documents] {
    var roots: [ComposeLoader.Documents] = []
    for file in files {
      roots.append(
        ComposeLoader.Documents(
          file: file.path,
          documents: try YAMLReader.documents(file.bytes, file: file.path)
        )
      )
    }
    return roots
  }

  /// The name that is told, else the last one written, else the directory's.
  private static func projectName(
    _ documents: [YAMLNode],
    _ directory: String,
    _ variables: ComposeVariables
  ) -> (String, Location?) {
    if let name = variables["COMPOSE_PROJECT_NAME"], !name.isEmpty { return (name, nil) }
    var trouble = ComposeVariables.Trouble()
    if let node = documents.compactMap({ $0["name"] }).last(where: { $0.text ?? "" != "" }) {
      let name = variables.interpolate(node.text ?? "", &trouble)
      return (ComposeProject.normalizedName(name), node.location)
    }
    let last = directory.split(separator: "/").last ?? ""
    return (ComposeProject.normalizedName(String(last)), nil)
  }

  /// Without any told, the profile that is on is the one of the empty name, as in compose.
  private mutating func activate(_ services: inout [ComposeService]) {
    let on = (variables["COMPOSE_PROFILES"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
      .map { ComposeText.trimmed($0) }
    for index in services.indices {
      let profiles = services[index].profiles
      services[index].isActive =
        profiles.isEmpty || on.contains("*") || profiles.contains(where: on.contains)
    }
    for service in services where service.isActive {
      for need in service.requires where !services.contains(where: { $0.name == need && $0.isActive }) {
        loader.note("\(service.name) depends on \(need), which is not there: compose refuses that")
      }
    }
  }

  // MARK: One service

  private mutating func service(_ entry: YAMLEntry, _ secrets: YAMLNode?) -> ComposeService {
    let node = entry.value
    var service = ComposeService(name: entry.key)
    service.places[""] = entry.keyLocation
    service.image = node["image"]?.text
    service.containerName = node["container_name"]?.text
    if let check = node["healthcheck"], !check.isNull {
      let isDisabled = check["disable"]?.text == "true" || check["test"]?.texts == ["NONE"]
      service.hasHealthCheck = !isDisabled
    }
    service.isRestarted = ["always", "unless-stopped"].contains(node["restart"]?.text)
    service.profiles = node["profiles"]?.elements?.compactMap { $0.isNull ? nil : $0.scalar?.text } ?? []
    readCommand(node["command"], into: &service)
    for dependency in node["depends_on"]?.entries ?? [] {
      service.dependsOn.append(dependency.key)
      if dependency.value["required"]?.text != "false" { service.requires.append(dependency.key) }
      if dependency.value["condition"]?.text == ComposeService.completed {
        service.awaits.append(dependency.key)
      }
      service.places["depends_on"] = service.places["depends_on"] ?? dependency.keyLocation
    }
    for element in node["ports"]?.elements ?? [] {
      service.places["ports"] = service.places["ports"] ?? element.location
      for port in ports(element) where !service.ports.contains(port) { service.ports.append(port) }
    }
    readSecrets(node, secrets, into: &service)
    readEnvironment(node, into: &service)
    readFileValues(into: &service)
    return service
  }

  private mutating func readSecrets(
    _ node: YAMLNode,
    _ secrets: YAMLNode?,
    into service: inout ComposeService
  ) {
    for element in node["secrets"]?.elements ?? [] {
      let source = element["source"]?.text ?? element.text ?? ""
      guard let secret = secrets?[source] else {
        loader.note("\(service.name) uses the secret \(source), which is not there: compose refuses that")
        continue
      }
      let target = element["target"]?.text ?? source
      let path = target.hasPrefix("/") ? target : "/run/secrets/\(target)"
      if let file = secret["file"]?.text {
        service.secrets[path] = .file(file)
      } else if let name = secret["environment"]?.text, let reference = variables.reference(name) {
        service.secrets[path] = reference
      }
    }
  }

  private mutating func readEnvironment(_ node: YAMLNode, into service: inout ComposeService) {
    var own: [String: String] = [:]
    var withoutValue: Set<String> = []
    for entry in node["environment"]?.entries ?? [] {
      service.places["environment.\(entry.key)"] = entry.value.location
      guard let value = ComposeText.value(entry.value) else {
        withoutValue.insert(entry.key)
        continue
      }
      own[entry.key] = value
      if entry.value.scalar?.style == .plain, ComposeNumber.isBeyond(value) {
        loader.note(
          "\(entry.value.location): a value without quotes that is not read here as compose reads it"
        )
      }
      let variable = loader.variables[entry.value.location]
      // Of a list's element the whole stands at the place, of a mapping's the value.
      if let variable, variable.isBehindName == (entry.keyLocation == entry.value.location) {
        service.references[entry.key] = variable.reference
      }
    }
    let fromFiles = environmentFiles(node, own, into: &service)
    service.environment = fromFiles.merging(own) { _, own in own }
    for name in withoutValue { service.environment[name] = nil }
  }

  private mutating func environmentFiles(
    _ node: YAMLNode,
    _ own: [String: String],
    into service: inout ComposeService
  ) -> [String: String] {
    var found: [String: String] = [:]
    for element in node["env_file"]?.elements ?? [] {
      guard let path = element["path"]?.text, !service.environmentFiles.contains(path) else { continue }
      service.environmentFiles.append(path)
      let bytes: [UInt8]
      switch content(path) {
      case .success(let read): bytes = read
      case .failure(let failure):
        let isRequired = element["required"]?.text != "false"
        if !failure.isMissing {
          loader.note("\(element.location): \(path) \(failure.message): it is not read")
        } else if isRequired {
          loader.note("\(element.location): \(path): \(failure.message): compose refuses that")
        }
        continue
      }
      let before = found
      let variables = variables
      let lookup: (String) -> String? = { variables[$0] ?? own[$0] ?? before[$0] }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(EnvironmentFile.Failure) {
        let new =
          element["format"]?.text == "raw"
          ? try EnvironmentFile.parseRaw(text, lookup: lookup)
          : try EnvironmentFile.parse(text, lookup: lookup)
        for (name, value) in new {
          found[name] = value
          if own[name] == nil { service.references[name] = .keyInFile(path, key: name) }
        }
      } catch {
        loader.note("\(path):\(error.line): \(error.message): compose refuses that")
      }
    }
    return found
  }

  /// A port in the short or the long syntax; several for a range.
  private mutating func ports(_ node: YAMLNode) -> [ComposePort] {
    guard node.entries == nil else {
      guard node["protocol"]?.text ?? "tcp" == "tcp", let target = node["target"]?.text.flatMap({ Int($0) }),
        let published = node["published"]?.text.flatMap({ ComposeText.range($0[...])?.first })
      else { return [] }
      return [ComposePort(hostAddress: node["host_ip"]?.text ?? "", published: published, target: target)]
    }
    return node.text.map(ComposeText.ports) ?? []
  }

  /// A command as words, and where the password in it is to be had again.
  private mutating func readCommand(_ node: YAMLNode?, into service: inout ComposeService) {
    guard let node else { return }
    if let elements = node.elements {
      service.command = elements.compactMap(ComposeText.value)
    } else if let words = ComposeText.command(node.text ?? "") {
      service.command = words
    } else {
      loader.note("\(node.location): a command that is no list of words: compose refuses that")
    }
    guard let password = service.requiredPassword else { return }
    let names = (node.elements ?? [node]).flatMap { loader.mentions[$0.location] ?? [] }
    if let name = names.first(where: { variables[$0] == password }) {
      service.references[ComposeService.passwordFlag] = variables.reference(name)
    }
  }

  /// What `POSTGRES_PASSWORD_FILE` and its like point at, as far as it is a secret of the project.
  private mutating func readFileValues(into service: inout ComposeService) {
    for (key, path) in service.environment.sorted(by: { $0.key < $1.key }) where key.hasSuffix("_FILE") {
      let name = String(key.dropLast("_FILE".count))
      guard accountVariables.contains(name) else { continue }
      guard let reference = service.secrets[path] else {
        loader.note("\(service.name): \(key) points at \(path), which is no secret of the project: not read")
        continue
      }
      service.references[name] = reference
      switch reference {
      case .environment(let variable), .keyInFile(_, let variable):
        service.fileValues[name] = variables[variable]
      case .file(let file):
        switch content(file) {
        case .success(let bytes):
          service.fileValues[name] = SecretResolver.firstLine(bytes)?.reveal { $0 }
        case .failure(let failure):
          loader.note("\(service.name): the secret \(file): \(failure.message)")
        }
      case .command, .discovered: continue
      }
    }
  }
}
