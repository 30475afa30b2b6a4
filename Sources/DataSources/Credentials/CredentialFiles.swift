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

  /// The project as it is read plainly, and its variables; an env file of `instead` as it is there.
  func read(
    _ name: String,
    instead: (path: String, text: String)? = nil
  ) -> Result<(project: ComposeProject, variables: ComposeVariables), Refusal> {
    let content: ComposeFiles.Content = { path in
      if let instead, Self.real(path) == instead.path { return .success(Array(instead.text.utf8)) }
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
      var paths: [String] = []
      let all = variables.places.values.sorted() + project.services.flatMap(\.environmentFiles)
      for path in all.compactMap(Self.real) where !paths.contains(path) { paths.append(path) }
      var holders: [(path: String, names: [String])] = []
      for path in paths {
        guard case .success(let values) = values(at: path) else { continue }
        let held = names.filter { values[$0] != nil }
        if !held.isEmpty { holders.append((path, held)) }
      }
      guard let holder = holders.first else { return .success(nil) }
      guard holders.count == 1 else {
        let list = holders.map { "\($0.names.joined(separator: ", ")) in \($0.path)" }.joined(separator: "; ")
        return .failure(
          Refusal(sentence: "they stand in several files (\(list)): one rotation changes one file")
        )
      }
      return carriers(of: holder.names, at: holder.path, project).map { $0 }
    }
  }

  /// Who would be another if the values were: that finds `env_file`, `${NAME}` and whatever is made of it alike.
  private func carriers(
    of names: [String],
    at path: String,
    _ project: ComposeProject
  ) -> Result<CredentialPlace, Refusal> {
    let file: LocalFile
    do throws(LocalFile.Failure) {
      file = try LocalFile.read(path)
    } catch {
      return .failure(Refusal(sentence: "\(path): \(error.message)"))
    }
    var text = String(decoding: file.bytes, as: UTF8.self)
    do throws(EnvironmentFile.Failure) {
      for name in names {
        let other = "switchboard-\(UInt64.random(in: 0...UInt64.max))"
        text = try EnvironmentFile.replacing(name, with: other, in: text, lookup: lookup)
      }
    } catch {
      return .failure(Refusal(sentence: "\(path):\(error.line): \(error.message)"))
    }
    return read(project.name, instead: (path, text)).map { other, _ in
      var carriers: [CredentialPlace.Carrier] = []
      for (before, after) in zip(project.services, other.services) where before.isActive && before != after {
        let changed = before.environment.keys.filter { before.environment[$0] != after.environment[$0] }
        carriers.append(CredentialPlace.Carrier(before.name, variables: changed.sorted()))
      }
      return CredentialPlace(
        path: path,
        names: names,
        carriers: carriers,
        isOpenToOthers: file.isOpenToOthers,
        changedAt: Self.changedAt(path)
      )
    }
  }

  func draft(
    _ values: [String: Secret],
    _ names: [String],
    at path: String
  ) -> Result<CredentialChange, Refusal> {
    let old: [String: String]
    switch self.values(at: path) {
    case .success(let values): old = values
    case .failure(let refusal): return .failure(refusal)
    }
    var setting: [(name: String, value: String)] = []
    for name in names {
      guard let value = values[name] else { continue }
      if let reason = CredentialValue.reason(against: value) {
        return .failure(Refusal(sentence: "the new value of \(name) \(reason)"))
      }
      let text = value.reveal { $0 }
      if old[name] == text {
        return .failure(
          Refusal(
            sentence:
              "the new value of \(name) is the old one: get a new one from the provider, or leave \(name) out"
          )
        )
      }
      setting.append((name, text))
    }
    return edit { () throws(EnvironmentFileEdit.Failure) in
      try EnvironmentFileEdit(path, setting: setting, lookup: lookup)
    }
  }

  func restore(_ names: [String], from old: [UInt8], at path: String) -> Result<CredentialChange, Refusal> {
    edit { () throws(EnvironmentFileEdit.Failure) in
      try EnvironmentFileEdit(path, restoring: names, from: old, lookup: lookup)
    }
  }

  func changed(_ names: [String], since old: [UInt8], at path: String) -> Result<[String], Refusal> {
    values(at: path).flatMap { now in
      do throws(EnvironmentFile.Failure) {
        let before = try EnvironmentFile.parse(String(decoding: old, as: UTF8.self), lookup: lookup)
        return .success(names.filter { now[$0] != before[$0] })
      } catch {
        return .failure(Refusal(sentence: "the kept copy of \(path) can't be read: \(error.message)"))
      }
    }
  }

  private func edit(
    _ draft: () throws(EnvironmentFileEdit.Failure) -> EnvironmentFileEdit
  ) -> Result<CredentialChange, Refusal> {
    do throws(EnvironmentFileEdit.Failure) {
      let edit = try draft()
      return .success(
        CredentialChange(
          before: edit.before,
          make: {
            await LoopActor.onThreadPool {
              Self.done(edit.path) { () throws(EnvironmentFileEdit.Failure) in try edit.apply() }
            }
          },
          takeBack: {
            await LoopActor.onThreadPool {
              Self.done(edit.path) { () throws(EnvironmentFileEdit.Failure) in try edit.rollBack() }
            }
          }
        )
      )
    } catch {
      return .failure(Refusal(sentence: error.sentence))
    }
  }

  private static func done(
    _ path: String,
    _ body: () throws(EnvironmentFileEdit.Failure) -> Void
  ) -> Result<Void, SourceFailure> {
    do throws(EnvironmentFileEdit.Failure) {
      try body()
      return .success(())
    } catch {
      return .failure(SourceFailure(.misconfigured, at: path, detail: error.sentence))
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
