internal import CUV
internal import Facts
internal import Glibc

/// The files of a compose project, read for the credentials in them; blocks.
struct CredentialFiles: Sendable {
  /// Why something can't be told or drafted, as a sentence; never a value.
  struct Refusal: Error {
    var sentence: String
  }

  let files: [String]
  let place: ComposeControl.Place

  /// The project as it is read plainly, and its variables; the env files of `instead` as they are there.
  func read(
    _ name: String,
    instead: [String: String] = [:]
  ) -> Result<(project: ComposeProject, variables: ComposeVariables), Refusal> {
    let content: ComposeFiles.Content = { path in
      if let text = Self.real(path).flatMap({ instead[$0] }) { return .success(Array(text.utf8)) }
      return ComposeFiles.content(path)
    }
    do throws(ComposeFiles.Refusal) {
      var process = place.variables
      var start = place.directory
      let named = files.map { UpwardSearch.absolute($0, in: place.directory) }
      if let first = named.first {
        process["COMPOSE_FILE"] = named.joined(separator: ":")
        process["COMPOSE_PATH_SEPARATOR"] = ":"
        start = UpwardSearch.directory(of: first)
      }
      let found = try ComposeFiles(from: start, process: process, content: content)
      guard !found.paths.isEmpty else {
        return .failure(Refusal(sentence: "no compose file is found from \(place.directory)"))
      }
      let contents = try found.contents()
      do throws(YAMLError) {
        let project = try ComposeReader.read(
          contents,
          directory: found.directory,
          variables: found.variables,
          content: content
        )
        // A file that is only near is not this project's; one that is named is, whatever it calls itself.
        guard !files.isEmpty || project.name == name else {
          return .failure(
            Refusal(sentence: "the compose file here is of the project \(project.name), not of \(name)")
          )
        }
        return .success((project, found.variables))
      } catch {
        return .failure(Refusal(sentence: error.description))
      }
    } catch {
      return .failure(Refusal(sentence: error.sentence))
    }
  }

  func find(_ names: [String], in name: String) -> Result<CredentialPlace?, Refusal> {
    switch read(name) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let (project, variables)):
      let paths = Self.paths(project, variables)
      var holders: [(path: String, held: [String], own: [String])] = []
      for path in paths {
        guard case .success(let values) = values(at: path) else { continue }
        let held = names.filter { values[$0] != nil }
        if !held.isEmpty { holders.append((path, held, held.filter { !follows($0, at: path) })) }
      }
      // What is made of another variable follows that one, unless nothing else sets it.
      let files = holders.map { path, held, own in
        let alone = held.filter { name in !holders.contains { $0.own.contains(name) } }
        return CredentialPlace.File(path, names: held.filter { own.contains($0) || alone.contains($0) })
      }.filter { !$0.names.isEmpty }
      guard !files.isEmpty else { return .success(nil) }
      return place(names.filter { name in files.contains { $0.names.contains(name) } }, in: files, project)
        .map { $0 }
    }
  }

  /// Every env file of a project, once.
  private static func paths(_ project: ComposeProject, _ variables: ComposeVariables) -> [String] {
    var paths: [String] = []
    let all = variables.places.values.sorted() + project.services.flatMap(\.environmentFiles)
    for path in all.compactMap(real) where !paths.contains(path) { paths.append(path) }
    return paths
  }

  /// What is made of another variable (`KEY=${OTHER}`) follows that one: to write over it would part the two, and to leave
  /// it would leave whoever gets it with the old value.
  func expectOwn(_ names: [String], in project: String) -> Result<Void, Refusal> {
    read(project).flatMap { project, variables in
      for path in Self.paths(project, variables) {
        for name in names {
          let sources = sources(of: name, at: path).subtracting([name]).sorted()
          guard !sources.isEmpty else { continue }
          let list = sources.joined(separator: ", ")
          let words =
            "\(name) of \(path) gets its value from \(list): rotate \(list) in its place, as a variable of a credential"
          return .failure(Refusal(sentence: words))
        }
      }
      return .success(())
    }
  }

  /// The variables of which the value of one is made in a file.
  private func sources(of name: String, at path: String) -> Set<String> {
    guard case .success(let bytes) = ComposeFiles.content(path) else { return [] }
    let text = String(decoding: bytes, as: UTF8.self)
    var asked: Set<String> = []
    _ = try? EnvironmentFile.parse(text) { source in
      asked.insert(source)
      return nil
    }
    return asked.filter { source in
      let values = ["a", "b"].map { other in
        (try? EnvironmentFile.parse(text) { $0 == source ? other : nil })?[name]
      }
      return values[0] != values[1]
    }
  }

  /// Whether the value of a variable is made of what stands elsewhere: `KEY=${OTHER}`, or `KEY` alone.
  private func follows(_ name: String, at path: String) -> Bool {
    guard case .success(let bytes) = ComposeFiles.content(path) else { return false }
    let text = String(decoding: bytes, as: UTF8.self)
    let values = ["a", "b"].map { other in (try? EnvironmentFile.parse(text) { _ in other })?[name] }
    return values[0] != values[1]
  }

  /// Who would be another if the values were: that finds `env_file`, `${NAME}` and whatever is made of it alike.
  private func place(
    _ names: [String],
    in files: [CredentialPlace.File],
    _ project: ComposeProject
  ) -> Result<CredentialPlace, Refusal> {
    var others: [String: String] = [:]
    for name in names { others[name] = "switchboard-\(UInt64.random(in: 0...UInt64.max))" }
    var texts: [String: String] = [:]
    var isOpenToOthers = false
    for file in files {
      do throws(LocalFile.Failure) {
        let local = try LocalFile.read(file.path)
        isOpenToOthers = isOpenToOthers || local.isOpenToOthers
        var text = String(decoding: local.bytes, as: UTF8.self)
        do throws(EnvironmentFile.Failure) {
          for name in file.names {
            text = try EnvironmentFile.replacing(name, with: others[name] ?? "", in: text, lookup: lookup)
          }
        } catch {
          return .failure(Refusal(sentence: "\(file.path):\(error.line): \(error.message)"))
        }
        texts[file.path] = text
      } catch {
        return .failure(Refusal(sentence: "\(file.path): \(error.message)"))
      }
    }
    return read(project.name, instead: texts).map { other, _ in
      var carriers: [CredentialPlace.Carrier] = []
      for (before, after) in zip(project.services, other.services) where before.isActive && before != after {
        let changed = before.environment.keys.filter { before.environment[$0] != after.environment[$0] }
        carriers.append(CredentialPlace.Carrier(before.name, variables: changed.sorted()))
      }
      return CredentialPlace(
        files: files,
        names: names,
        carriers: carriers,
        isOpenToOthers: isOpenToOthers,
        changedAt: files.map { Self.changedAt($0.path) }
          .min { $0.secondsSince1970 < $1.secondsSince1970 } ?? WallTime(secondsSince1970: 0)
      )
    }
  }

  func draft(
    _ values: [String: Secret],
    in files: [CredentialPlace.File]
  ) -> Result<CredentialChange, Refusal> {
    var edits: [EnvironmentFileEdit] = []
    var unchanged: Set<String> = []
    var changed: Set<String> = []
    for file in files {
      let old: [String: String]
      switch self.values(at: file.path) {
      case .success(let values): old = values
      case .failure(let refusal): return .failure(refusal)
      }
      var setting: [(name: String, value: String)] = []
      for name in file.names {
        guard let value = values[name] else { continue }
        if let reason = CredentialValue.reason(against: value) {
          return .failure(Refusal(sentence: "the new value of \(name) \(reason)"))
        }
        let text = value.reveal { $0 }
        guard old[name] != text else {
          unchanged.insert(name)
          continue
        }
        changed.insert(name)
        setting.append((name, text))
      }
      guard !setting.isEmpty else { continue }
      do throws(EnvironmentFileEdit.Failure) {
        edits.append(try EnvironmentFileEdit(file.path, setting: setting, lookup: lookup))
      } catch {
        return .failure(Refusal(sentence: error.sentence))
      }
    }
    if let name = unchanged.subtracting(changed).min() {
      return .failure(
        Refusal(
          sentence:
            "the new value of \(name) is the old one: get a new one from the provider, or leave \(name) out"
        )
      )
    }
    // A new file is put in the place of the old one: its directory is what must take it.
    for directory in edits.map({ UpwardSearch.directory(of: $0.target) }) where access(directory, W_OK) != 0 {
      let why = String(cString: strerror(errno))
      return .failure(Refusal(sentence: "\(directory) takes no new file (\(why)): nothing was changed"))
    }
    return .success(Self.change(edits))
  }

  func restore(_ names: [String], from old: [KeptFile]) -> Result<CredentialChange, Refusal> {
    var edits: [EnvironmentFileEdit] = []
    for file in old {
      do throws(EnvironmentFileEdit.Failure) {
        let edit = try EnvironmentFileEdit(file.path, restoring: names, from: file.bytes, lookup: lookup)
        if edit.after != edit.before { edits.append(edit) }
      } catch {
        return .failure(Refusal(sentence: error.sentence))
      }
    }
    return .success(Self.change(edits))
  }

  func standing(of names: [String], since old: [KeptFile]) -> Result<CredentialStanding, Refusal> {
    var now: [String: [(value: String?, isChanged: Bool)]] = [:]
    for file in old {
      do throws(EnvironmentFile.Failure) {
        let before = try EnvironmentFile.parse(String(decoding: file.bytes, as: UTF8.self), lookup: lookup)
        switch values(at: file.path) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let values):
          for name in names where before[name] != nil {
            now[name, default: []].append((values[name], values[name] != before[name]))
          }
        }
      } catch {
        return .failure(Refusal(sentence: "the kept copy of \(file.path) can't be read: \(error.message)"))
      }
    }
    // One that had the new value in a file before has it there still: it is new where all agree. What was taken away
    // meanwhile is another value than before, and no new one.
    let changed = names.filter { name in now[name]?.contains(where: \.isChanged) == true }
    let whole = changed.filter { name in
      let values = Set((now[name] ?? []).map(\.value))
      return values.count == 1 && !values.contains(nil)
    }
    return .success(CredentialStanding(changed: changed, left: names.filter { !whole.contains($0) }))
  }

  /// All edits or none: where one fails those before it are taken back.
  private static func change(_ edits: [EnvironmentFileEdit]) -> CredentialChange {
    CredentialChange(
      before: edits.map { KeptFile($0.path, $0.before) },
      tried: "\(edits.map(\.path).joined(separator: ", ")) can be replaced (its directory takes new files), "
        + "and its new text reads back as it is meant",
      make: onThreadPool {
        for (index, edit) in edits.enumerated() {
          guard
            case .failure(let failure) = done({ () throws(EnvironmentFileEdit.Failure) in try edit.apply() })
          else { continue }
          guard case .failure(let second) = takenBack(edits[..<index]) else { return .failure(failure) }
          let words = "\(failure.detail), and what was written before could not be put back: \(second.detail)"
          return .failure(SourceFailure(.misconfigured, at: failure.address, detail: words))
        }
        return .success(())
      },
      takeBack: onThreadPool { takenBack(edits[...]) }
    )
  }

  private static func onThreadPool(
    _ blocking: @escaping @Sendable () -> Result<Void, SourceFailure>
  ) -> CredentialChange.Step {
    { await LoopActor.onThreadPool { blocking() } }
  }

  private static func takenBack(_ edits: ArraySlice<EnvironmentFileEdit>) -> Result<Void, SourceFailure> {
    let results = edits.reversed().map { edit in
      done { () throws(EnvironmentFileEdit.Failure) in try edit.rollBack() }
    }
    return results.first { if case .failure = $0 { true } else { false } } ?? .success(())
  }

  private static func done(
    _ body: () throws(EnvironmentFileEdit.Failure) -> Void
  ) -> Result<Void, SourceFailure> {
    do throws(EnvironmentFileEdit.Failure) {
      try body()
      return .success(())
    } catch {
      return .failure(SourceFailure(.misconfigured, at: "", detail: error.sentence))
    }
  }

  private func values(at path: String) -> Result<[String: String], Refusal> {
    switch ComposeFiles.content(path) {
    case .failure(let failure): return .failure(Refusal(sentence: "\(path): \(failure.message)"))
    case .success(let bytes):
      do throws(EnvironmentFile.Failure) {
        return .success(try EnvironmentFile.parse(String(decoding: bytes, as: UTF8.self), lookup: lookup))
      } catch {
        return .failure(Refusal(sentence: "\(path):\(error.line): \(error.message)"))
      }
    }
  }

  private var lookup: @Sendable (String) -> String? {
    let variables = place.variables
    return { variables[$0] }
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func changedAt(_ path: String) -> WallTime {
    var status = stat()
    guard stat(path, &status) == 0 else { return WallTime(secondsSince1970: 0) }
    return WallTime(secondsSince1970: Double(cuv_modified(&status)) / 1e9)
  }
}
