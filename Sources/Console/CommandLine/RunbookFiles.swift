import DataSources
import Facts
import Operations

/// Where the commands find runbooks and runs.
@LoopActor enum RunbookFiles {
  /// Where runbooks stand beside those that ship: what the configuration tells, and the usual directories.
  nonisolated static func places(_ options: Session.Options) -> RunbookPlaces {
    places(options.settings, options.variables)
  }

  nonisolated static func places(_ settings: Settings, _ variables: [String: String]) -> RunbookPlaces {
    let here = Opening.workingDirectory()
    return RunbookPlaces(
      told: settings.runbooks.map { UpwardSearch.told($0, in: here, home: variables["HOME"]) },
      usual: RunbookLibrary.directories(variables: variables, workingDirectory: here)
    )
  }

  /// All that can be run by their names.
  static func library(_ options: Session.Options) -> RunbookLibrary {
    RunbookLibrary(places(options), catalog: ActionCatalog.standard.with(options.settings.actions))
  }

  /// What is wrong with the decisions and inputs of procedures that can be read; they may lead to others of `library`.
  static func problems(of books: [Runbook], in library: RunbookLibrary) -> [ConfigurationProblem] {
    let library = books + library.runbooks
    return books.filter { $0.problem == nil }.compactMap { book in
      do throws(ConfigurationProblem) {
        _ = try RunScript(book, in: library)
        return nil
      } catch {
        return error
      }
    }
  }

  /// The script of a procedure of a file, or of a runbook by its name.
  /// - Throws: `usage` if there is none or several are meant, `config` if it is written wrongly.
  static func script(
    _ word: String,
    _ procedure: String?,
    _ options: Session.Options
  ) throws(ConsoleFailure) -> RunScript {
    var library = library(options)
    guard word.contains("/") || word.hasSuffix(".md"), library.runbook(word) == nil else {
      let name = procedure.map { "\(word)/\($0)" } ?? word
      guard let book = library.runbook(name) else { throw missing(name, among: library.runbooks) }
      return try script(of: book, in: library.runbooks)
    }
    let own = library.add(file: UpwardSearch.absolute(word, in: Opening.workingDirectory()))
    guard !own.isEmpty else {
      let why =
        library.problems.last.map { "\($0)" } ?? "\(SafeText(word)) has no step: a step is a fenced block"
      throw ConsoleFailure(message: "switchboard: \(why)", code: .config)
    }
    let book: Runbook
    if let procedure {
      guard let found = RunScript.find(procedure, in: own) else { throw missing(procedure, among: own) }
      book = found
    } else if own.count == 1 {
      book = own[0]
    } else {
      throw ConsoleFailure(message: "switchboard: which procedure: \(names(own))?", code: .usage)
    }
    return try script(of: book, in: own + library.runbooks)
  }

  /// The script that a run was begun with.
  /// - Throws: it is another one by now.
  static func script(of run: RunbookRun, _ options: Session.Options) throws(ConsoleFailure) -> RunScript {
    guard let beginning = run.beginning else {
      throw ConsoleFailure(message: "switchboard: \(SafeText(run.id)) has no beginning", code: .unavailable)
    }
    var library = library(options)
    // A file that is neither the user's own nor ships has its whole path.
    if !library.runbooks.contains(where: { $0.file == beginning.file }) { library.add(file: beginning.file) }
    let book = library.runbooks.first { $0.file == beginning.file && $0.id == beginning.runbook }
    if let book, let script = try? RunScript(book, in: library.runbooks), script.digest == beginning.digest {
      return script
    }
    let words = "\(SafeText(beginning.file)) has changed since the run began: begin a new one"
    throw ConsoleFailure(message: "switchboard: \(words)", code: .refused)
  }

  private static func script(of book: Runbook, in library: [Runbook]) throws(ConsoleFailure) -> RunScript {
    do throws(ConfigurationProblem) {
      return try RunScript(book, in: library)
    } catch {
      throw ConsoleFailure(message: "switchboard: \(error)", code: .config)
    }
  }

  private static func names(_ books: [Runbook]) -> String {
    books.map { "\(SafeText($0.id))" }.joined(separator: ", ")
  }

  private static func missing(_ name: String, among books: [Runbook]) -> ConsoleFailure {
    let hint = DidYouMean.clause(name, among: books.map(\.id))
    let list = hint.isEmpty ? "; there are \(names(books))" : hint
    return ConsoleFailure(message: "switchboard: no runbook is called \(SafeText(name))\(list)", code: .usage)
  }

  /// A run by its id; without one the newest that isn't over.
  /// - Throws: there is none, or its journal can't be read.
  static func run(_ id: String?, _ runs: RunJournal) async throws(ConsoleFailure) -> RunbookRun {
    let ids = if let id { [id] } else { await runs.ids() }
    for each in ids {
      do throws(FileFailure) {
        guard let events = try await runs.events(of: each) else { continue }
        let run = RunbookRun(id: each, events: events)
        if id != nil || run.standing != .over { return run }
      } catch {
        let words = "the journal \(SafeText(error.path)) can't be read: \(SafeText(error.cause))"
        throw ConsoleFailure(message: "switchboard: \(words)", code: .unavailable)
      }
    }
    let words = id.map { "there is no run \(SafeText($0))" } ?? "no run is open"
    throw ConsoleFailure(message: "switchboard: \(words)", code: .usage)
  }
}
