/// Loads compose files into one tree: interpolated, extended, included and merged as compose does it.
struct ComposeLoader {
  /// The bytes of a file, or why they can't be had.
  typealias Content = (String) -> Result<[UInt8], LocalFile.Failure>

  /// The most files and services that may lead into each other.
  private static let depthLimit = 16

  private let content: Content
  /// What is not followed or refused by compose, for people.
  private(set) var notes: [String] = []
  /// The names of variables that are not set.
  private(set) var missing: Set<String> = []
  /// The variable that a value is, whole, by the value's place.
  private(set) var variables: [Location: ComposeScope.Variable] = [:]
  /// The variables that a text mentions, by the text's place.
  private(set) var mentions: [Location: [String]] = [:]

  init(content: @escaping Content) {
    self.content = content
  }

  /// Notes something for people.
  mutating func note(_ words: String) {
    if !notes.contains(words) { notes.append(words) }
  }

  /// One file, read.
  struct Documents {
    /// Its path.
    var file: String
    /// Its documents, in order.
    var documents: [YAMLNode]
  }

  /// The tree of these files, the later over the earlier.
  /// - Throws: when one can't be read or is no compose file, and where.
  mutating func load(_ files: [Documents], _ scope: ComposeScope) throws(YAMLError) -> YAMLNode {
    var tree = YAMLNode(.mapping([]), at: Location(file: files.first?.file ?? "", line: 1, column: 1))
    for file in files {
      guard !file.documents.isEmpty else {
        throw YAMLError(
          "expected a mapping with `services`",
          at: Location(file: file.file, line: 1, column: 1)
        )
      }
      for document in file.documents {
        let extended = try withExtensions(try prepared(document, scope), scope)
        let included = try withInclusions(extended, scope)
        tree = ComposeMerge.merged(tree, included) ?? tree
      }
    }
    return handedOn(tree, scope)
  }

  /// The tree with what an environment only hands on from the process or `.env`.
  private mutating func handedOn(_ root: YAMLNode, _ scope: ComposeScope) -> YAMLNode {
    guard let services = root["services"]?.entries else { return root }
    var result: [YAMLEntry] = []
    for service in services {
      var service = service
      let environment = service.value["environment"]?.entries ?? []
      var entries: [YAMLEntry] = []
      for entry in environment {
        var entry = entry
        if entry.value.isNull, let value = scope.variables[entry.key] {
          entry.value.content = .scalar(YAMLScalar(value, style: .doubleQuoted))
          variables[entry.value.location] = scope.variables.reference(entry.key).map {
            ComposeScope.Variable(reference: $0, isBehindName: entry.keyLocation == entry.value.location)
          }
        }
        entries.append(entry)
      }
      service.value = service.value.replacing("environment", with: entries)
      result.append(service)
    }
    return root.replacing("services", with: result)
  }

  // MARK: One document

  private mutating func prepared(_ root: YAMLNode, _ scope: ComposeScope) throws(YAMLError) -> YAMLNode {
    guard root.entries != nil else {
      throw YAMLError("expected a mapping with `services`", at: root.location)
    }
    return ComposeForms.uniform(interpolated(root, scope), scope.directory)
  }

  private mutating func interpolated(_ node: YAMLNode, _ scope: ComposeScope) -> YAMLNode {
    var node = node
    switch node.content {
    case .mapping(let entries):
      node.content = .mapping(
        entries.map { entry in
          var entry = entry
          entry.value = interpolated(entry.value, scope)
          return entry
        }
      )
    case .sequence(let elements):
      node.content = .sequence(elements.map { interpolated($0, scope) })
    case .scalar(var scalar):
      guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return node }
      var trouble = ComposeVariables.Trouble()
      variables[node.location] = scope.variable(of: scalar.text)
      mentions[node.location] = ComposeVariables.mentioned(in: scalar.text)
      scalar.text = scope.variables.interpolate(scalar.text, &trouble)
      // What a variable gives is a text, whatever it looks like.
      if scalar.style == .plain, !scalar.text.isEmpty { scalar.style = .doubleQuoted }
      node.content = .scalar(scalar)
      missing.formUnion(trouble.missing)
      for problem in trouble.problems { note("\(node.location): \(problem): compose refuses that") }
    }
    return node
  }

  // MARK: extends

  private mutating func withExtensions(
    _ root: YAMLNode,
    _ scope: ComposeScope
  ) throws(YAMLError) -> YAMLNode {
    guard let services = root["services"]?.entries else { return root }
    var entries: [YAMLEntry] = []
    for entry in services {
      var entry = entry
      entry.value = try extended(entry.key, in: services, scope, depth: 0) ?? entry.value
      entries.append(entry)
    }
    return root.replacing("services", with: entries)
  }

  private mutating func extended(
    _ name: String,
    in services: [YAMLEntry],
    _ scope: ComposeScope,
    depth: Int
  ) throws(YAMLError) -> YAMLNode? {
    guard let service = services.first(where: { $0.key == name })?.value else { return nil }
    guard let extends = service["extends"], !extends.isNull else { return service }
    guard depth < Self.depthLimit else {
      throw YAMLError("`extends` leads round in a circle", at: extends.location)
    }
    let reference = extends["service"]?.text ?? extends.text ?? ""
    var others = services
    var inner = scope
    if let file = extends["file"]?.text {
      guard !ComposeScope.isRemote(file) else {
        note("\(extends.location): `extends` of another machine's file is not followed")
        return service.removing("extends")
      }
      let path = UpwardSearch.absolute(file, in: scope.directory)
      inner.directory = UpwardSearch.directory(of: path)
      others = try servicesOf(path, inner, at: extends.location)
    }
    guard let base = try extended(reference, in: others, inner, depth: depth + 1) else {
      throw YAMLError("`extends` names a service that is not there", at: extends.location)
    }
    return ComposeMerge.merged(base, service.removing("extends"), keepsTags: true)
  }

  private mutating func servicesOf(
    _ path: String,
    _ scope: ComposeScope,
    at place: Location
  ) throws(YAMLError) -> [YAMLEntry] {
    var services: YAMLNode?
    for document in try YAMLReader.documents(try bytes(path, at: place), file: path) {
      let document = try prepared(document, scope)
      if let more = document["services"] { services = ComposeMerge.merged(services, more, keepsTags: true) }
    }
    return services?.entries ?? []
  }

  // MARK: include

  private mutating func withInclusions(
    _ root: YAMLNode,
    _ scope: ComposeScope
  ) throws(YAMLError) -> YAMLNode {
    guard let include = root["include"] else { return root }
    var result = root.removing("include")
    guard scope.depth < Self.depthLimit else {
      throw YAMLError("`include` leads round in a circle", at: include.location)
    }
    for element in include.elements ?? [] {
      let paths = element.texts ?? element["path"]?.texts ?? []
      guard !paths.contains(where: ComposeScope.isRemote) else {
        note("\(element.location): `include` of another machine's file is not followed")
        continue
      }
      let absolute = paths.map { UpwardSearch.absolute($0, in: scope.directory) }
      var inner = scope
      inner.depth += 1
      inner.directory =
        element["project_directory"]?.text.map { UpwardSearch.absolute($0, in: scope.directory) }
        ?? UpwardSearch.directory(of: absolute.first ?? scope.directory)
      try addEnvironment(element, scope, to: &inner)
      var files: [Documents] = []
      for path in absolute {
        let bytes = try bytes(path, at: element.location)
        files.append(Documents(file: path, documents: try YAMLReader.documents(bytes, file: path)))
      }
      let included = try load(files, inner).keeping(["services", "secrets"])
      // What stands in the including file goes over what it includes.
      result = ComposeMerge.merged(included, result, keepsTags: true) ?? result
    }
    return result
  }

  private mutating func addEnvironment(
    _ element: YAMLNode,
    _ scope: ComposeScope,
    to inner: inout ComposeScope
  ) throws(YAMLError) {
    let named = element["env_file"]?.texts
    let paths =
      named?.map { UpwardSearch.absolute($0, in: scope.directory) }
      ?? [UpwardSearch.join(inner.directory, ".env")]
    for path in paths {
      let bytes: [UInt8]
      switch content(path) {
      case .success(let found): bytes = found
      case .failure(let failure) where named == nil && failure.isMissing: continue
      case .failure(let failure):
        throw YAMLError("\(path): \(failure.message)", at: element.location)
      }
      do throws(EnvironmentFile.Failure) {
        try inner.variables.add(String(decoding: bytes, as: UTF8.self), of: path)
      } catch {
        throw YAMLError(error.message, at: Location(file: path, line: error.line, column: 1))
      }
    }
  }

  private func bytes(_ path: String, at place: Location) throws(YAMLError) -> [UInt8] {
    switch content(path) {
    case .success(let bytes): return bytes
    case .failure(let failure): throw YAMLError("\(path): \(failure.message)", at: place)
    }
  }
}

extension YAMLNode {
  /// A text, or a list of texts; nil for anything else.
  var texts: [String]? {
    text.map { [$0] } ?? elements.map { $0.compactMap(\.text) }
  }

  func replacing(_ key: String, with entries: [YAMLEntry]) -> YAMLNode {
    var node = self
    node.content = .mapping(
      (self.entries ?? []).map { entry in
        guard entry.key == key else { return entry }
        var entry = entry
        entry.value.content = .mapping(entries)
        return entry
      }
    )
    return node
  }

  func removing(_ key: String) -> YAMLNode {
    guard let entries else { return self }
    var node = self
    node.content = .mapping(entries.filter { $0.key != key })
    return node
  }

  func keeping(_ keys: Set<String>) -> YAMLNode {
    guard let entries else { return self }
    var node = self
    node.content = .mapping(entries.filter { keys.contains($0.key) })
    return node
  }
}
