import DataSources
import Facts
import Operations
import Panels

/// Everything that can happen to the console: the reducer's only input.
enum AppEvent: Sendable {
  /// A key, and whether it came alone (see the alone-key rule of the design).
  case key(KeyPress, isAlone: Bool)
  /// A bracketed paste: never acts, feeds a prompt.
  case pasted(String)
  /// The terminal's size changed.
  case resized(width: Int, height: Int)
  /// Polls ended in one turn of the loop.
  case reports([SourceReport])
  /// Time passed: ages, staleness, timers of alerts.
  case tick
  /// A frame was sent to the terminal.
  case painted
  /// A preview is ready, or can't be had.
  case planned(ActionRequest, Result<Plan, Refusal>)
  /// The credentials that a service gets and that can have new values, or why none can.
  case asksCredentials(ActionRequest, Result<[CredentialAsking.Field], Refusal>)
  /// A confirmed act goes on.
  case action(Plan, ActionEvent)
  /// What Enter asked for has come.
  case detail(String, Result<any Snapshot, SourceFailure>)
  /// Another environment was asked for and could not be opened; why.
  case environmentFailed(SafeText)
  /// The process was stopped for so long and goes on: what is old is old for that reason.
  case stopped(for: Duration)
  /// What became of a text that was to be copied, and whether it is where it was to go.
  case copied(SafeText, isWell: Bool)
  /// What became of a list that was to be written down.
  case exported(SafeText, isWell: Bool)
  /// Acts that earlier consoles began and never ended.
  case leftOpen([AuditEntry])
  /// What became of lines of logs that were to be saved.
  case savedLogs(SafeText, isWell: Bool)
  /// Logs were read on, or looked through.
  case logs(LogsSnapshot)
  /// A datastore was read.
  case datastores(DatastoresSnapshot)
  /// A statement that somebody wrote has ended.
  case statement(number: Int, StatementOutcome)
  /// The run of a runbook went on, or could not.
  case run(RunNews)
  /// TERM, HUP or INT came.
  case terminate(signal: Int32)
  /// The terminal takes no more bytes, or is gone.
  case hungUp
}

/// Everything that the reducer can ask the application to do: values, compared in tests.
enum Effect: Hashable, Sendable {
  /// Leave the program.
  case quit(signal: Int32?)
  /// Stop as Ctrl-Z does.
  case suspend
  /// Send the whole screen again.
  case redraw
  /// Make a preview.
  case plan(ActionRequest)
  /// Look which credentials a service gets, to ask for new values.
  case findCredentials(ActionRequest)
  /// Take a new value of a credential's variable; nil: forget all that were given.
  case giveCredential(name: String, value: String?)
  /// Do what was confirmed; `hasAskedAgain` if it was confirmed anew after its target changed.
  case execute(Plan, hasAskedAgain: Bool)
  /// Do what was confirmed as a step of the run that is gone through.
  case executeStep(Int, Plan, hasAskedAgain: Bool)
  /// Do something to the run of a runbook.
  case run(RunOrder)
  /// Read the detail of an item.
  case load(view: ViewID, item: PanelItem)
  /// Poll now.
  case refresh
  /// What services use is looked at, or no longer.
  case watchUsage(Bool)
  /// Save the lines of logs that are shown.
  case saveLogs
  /// These lines of logs are looked for; nil: nobody looks at logs.
  case watchLogs(LogQuery?)
  /// This section of the datastores is looked at; nil: none is.
  case watchDatastores(String?)
  /// Run a statement that somebody wrote, read-only; another that still runs is cancelled.
  case runStatement(number: Int, sql: String, source: String)
  /// Cancel the statement that runs.
  case cancelStatement
  /// Multiply the poll intervals: 1 is the configured one.
  case pace(Double)
  /// Give a text to the command that copies, else to the terminal's clipboard.
  case copy(String)
  /// Write a list down.
  case export(ExportOrder)
  /// Another environment.
  case switchEnvironment(String)
  /// The write mode changed: the executor takes it over.
  case writeMode(WriteMode)
  /// Another theme.
  case theme(String)
}
