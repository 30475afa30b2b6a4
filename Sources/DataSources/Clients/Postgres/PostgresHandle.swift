internal import CPQ
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The one owner of a PGconn: libpq's non-blocking calls, with results copied at once.
@LoopActor final class PostgresHandle {
  /// What libpq has of the reply so far.
  enum Reply {
    /// More bytes are needed.
    case busy
    /// A row and its size; without values when it is larger than was asked for.
    case row([PostgresValue], bytes: Int)
    /// The server refused.
    case failed(SourceFailure)
    /// One result is complete; another or the end follows.
    case result
    /// The reply is over.
    case end
  }

  private static let noticeCap = 20
  /// One cancel request at a time in the process: a frozen server holds on to the thread that sent it.
  private static var isCancelling = false

  private var connection: OpaquePointer?
  private let address: String
  private let secretText: Secret?
  private var columnTypes: [UInt32] = []
  /// How many of the commands that were sent together have told all their results.
  private var commandsTold = 0
  /// Whether the last that libpq gave was the end of a command's results: two in a row are none of a pipeline.
  private var isBetweenCommands = false
  /// The names of the columns of the rows that come.
  private(set) var columns: [String] = []
  /// What the server said of the last statement that it refused; nil: it refused none since one was sent.
  private(set) var report: PostgresReport?
  /// Whether values come as the server writes them.
  private var isText = false
  /// The last notices of the server, at most 20 of 512 bytes.
  private(set) var notices: [String] = []

  /// Begins to connect.
  init(parameters: [String: String], password: Secret?, address: String) {
    self.address = address
    secretText = password
    var all = parameters
    // The one place where the password is put among libpq's keywords.
    password?.reveal { all["password"] = $0 }
    connection = Self.withKeywordArrays(all) { PQconnectStartParams($0, $1, 0) }
    // Verbose errors carry the SQLSTATE, which libpq doesn't tell otherwise of a refused login.
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    PQsetNoticeProcessor(
      connection,
      { context, text in
        guard let context, let text else { return }
        let handle = Unmanaged<PostgresHandle>.fromOpaque(context).takeUnretainedValue()
        let words = String(decoding: String(cString: text).utf8.prefix(512), as: UTF8.self)
        LoopActor.assumeIsolated { handle.take(notice: words) }
      },
      Unmanaged.passUnretained(self).toOpaque()
    )
  }

  /// Lends `parameters` as the two NULL-terminated arrays of libpq.
  nonisolated static func withKeywordArrays(
    _ parameters: [String: String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> OpaquePointer?
  ) -> OpaquePointer? {
    let sorted = parameters.sorted { $0.key < $1.key }
    let keywords = sorted.map { strdup($0.key) }
    let values = sorted.map { strdup($0.value) }
    defer {
      for pointer in keywords { free(pointer) }
      for pointer in values {
        // It may be a password.
        if let pointer { explicit_bzero(pointer, strlen(pointer)) }
        free(pointer)
      }
    }
    return body(
      keywords.map { UnsafePointer($0) } + [nil],
      values.map { UnsafePointer($0) } + [nil]
    )
  }

  private func take(notice: String) {
    if notices.count == Self.noticeCap { notices.removeFirst() }
    notices.append(notice)
  }

  /// The socket as it is now; it changes while connecting.
  ///
  /// Negative when there is none.
  var socket: Int32 { PQsocket(connection) }

  /// Whether the connection could not even be begun.
  var isBad: Bool { PQstatus(connection) == CONNECTION_BAD }

  /// Moves the connecting on by one step.
  ///
  /// The socket may be another one afterwards.
  func poll() -> PostgresConnectionMachine.PollStatus {
    switch PQconnectPoll(connection) {
    case PGRES_POLLING_READING: .reading
    case PGRES_POLLING_WRITING: .writing
    case PGRES_POLLING_OK:
      PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1
        ? .connected : .failed(failure())
    default: PostgresFailure.isRefusedPassword(text: errorText) ? .refused(failure()) : .failed(failure())
    }
  }

  /// The encoding of the database as the server told it; nil before it did.
  var serverEncoding: String? {
    PQparameterStatus(connection, "server_encoding").map { String(cString: $0) }
  }

  /// Hands a query to libpq in a transaction of its own, all in one message; the answer comes in binary, row by row.
  ///
  /// Where the transaction can't begin or `settings` are refused, the server skips the query: it never runs
  /// without them.
  /// - Returns: false if libpq refused; ``failure()`` says why.
  func send(_ query: PostgresQuery, after settings: String) -> Bool {
    columns = []
    commandsTold = 0
    isBetweenCommands = false
    let values = query.parameters.map { $0.map { strdup($0) } ?? nil }
    defer { for pointer in values { free(pointer) } }
    let count = Int32(query.parameters.count)
    let pointers = values.map { UnsafePointer($0) }
    isText = query.isAdHoc
    report = nil
    // The extended protocol takes one statement alone: what stands behind a semicolon refuses all of it.
    return add(PostgresPin.begin) && add(settings)
      && PQsendQueryParams(connection, query.sql, count, nil, pointers, nil, nil, isText ? 0 : 1) == 1
      && add(isText ? PostgresPin.undo : PostgresPin.end) && PQpipelineSync(connection) == 1
  }

  private func add(_ command: String) -> Bool {
    PQsendQueryParams(connection, command, 0, nil, nil, nil, nil, 1) == 1
  }

  /// Writes what is left to write: true when nothing is, nil when the connection is lost.
  func flush() -> Bool? {
    switch PQflush(connection) {
    case 0: true
    case 1: false
    default: nil
    }
  }

  /// How many bytes the socket has for us.
  var waitingBytes: Int {
    var count: Int32 = 0
    return ioctl(socket, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
  }

  /// Reads what has come; false when the connection is lost.
  func consume() -> Bool {
    guard PQconsumeInput(connection) == 1 else { return false }
    // Also parses what came between queries: notices, a farewell.
    _ = PQisBusy(connection)
    return PQstatus(connection) == CONNECTION_OK
  }

  /// The next piece of the reply that is there without waiting.
  func next(largestRow: Int) -> Reply {
    guard PQisBusy(connection) == 0 else { return .busy }
    guard let result = PQgetResult(connection) else { return endOfCommand() }
    isBetweenCommands = false
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_SINGLE_TUPLE:
      let bytes = (0..<PQnfields(result)).reduce(0) { $0 + Int(PQgetlength(result, 0, $1)) }
      return .row(bytes <= largestRow ? values(result) : [], bytes: bytes)
    case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
      let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
      let words = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
      guard let state else { return .failed(failure()) }
      let message = withoutPassword(words ?? "")
      report = report(state, message, result)
      return .failed(PostgresFailure.reply(sqlState: state, message: message, at: address))
    case PGRES_PIPELINE_SYNC:
      // What failed left its transaction open, and a pooler would keep its server for it.
      guard PQtransactionStatus(connection) == PQTRANS_INERROR else { return .end }
      return add(PostgresPin.undo) && PQpipelineSync(connection) == 1 ? .result : .end
    case PGRES_TUPLES_OK where commandsTold == PostgresPin.commandsBeforeQuery:
      readColumns(result)
      return .result
    default:
      return .result
    }
  }

  /// What the server says of a refused statement beside its words.
  private func report(_ state: String, _ message: String, _ result: OpaquePointer) -> PostgresReport {
    func field(_ letter: Unicode.Scalar) -> String? {
      PQresultErrorField(result, Int32(letter.value)).map { withoutPassword(String(cString: $0)) }
    }
    return PostgresReport(
      state: state,
      message: message,
      detail: field("D"),
      hint: field("H"),
      // Of the statements that were sent with it nobody asked.
      position: commandsTold == PostgresPin.commandsBeforeQuery ? field("P").flatMap { Int($0) } : nil
    )
  }

  /// libpq has told all results of one command.
  private func endOfCommand() -> Reply {
    guard !isBetweenCommands, PQstatus(connection) == CONNECTION_OK else { return .end }
    isBetweenCommands = true
    commandsTold += 1
    // Valid for one command, and only before its first result; it fails where the command is skipped.
    if commandsTold == PostgresPin.commandsBeforeQuery { _ = PQsetSingleRowMode(connection) }
    return .result
  }

  /// Whether the connection is free for another transaction.
  var isFree: Bool {
    PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE
  }

  private func readColumns(_ result: OpaquePointer) {
    guard columns.isEmpty else { return }
    let count = PQnfields(result)
    columns = (0..<count).map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
    columnTypes = (0..<count).map { isText ? PostgresType.text : PQftype(result, $0) }
  }

  private func values(_ result: OpaquePointer) -> [PostgresValue] {
    let count = PQnfields(result)
    readColumns(result)
    var row: [PostgresValue] = []
    row.reserveCapacity(Int(count))
    for column in 0..<count {
      guard PQgetisnull(result, 0, column) == 0, let bytes = PQgetvalue(result, 0, column) else {
        row.append(.null)
        continue
      }
      let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(PQgetlength(result, 0, column)))
      row.append(PostgresValue(decoding: buffer, oid: columnTypes[Int(column)]))
    }
    return row
  }

  /// Why the connection failed, in libpq's words and ours, the password struck out.
  func failure() -> SourceFailure {
    PostgresFailure.connection(
      text: errorText,
      needsPassword: PQconnectionNeedsPassword(connection) == 1,
      at: address
    )
  }

  private var errorText: String {
    let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
    // A farewell that came between queries was only a notice to libpq, but it says why.
    if let farewell = notices.last(where: { PostgresFailure.sqlState(in: $0) != nil }),
      PostgresFailure.sqlState(in: text) == nil, farewell.hasPrefix("FATAL")
    {
      return withoutPassword(farewell)
    }
    return withoutPassword(text)
  }

  private func withoutPassword(_ text: String) -> String { secretText?.struckOut(of: text) ?? text }

  /// Asks the server to stop the running query, on the thread pool, where it may block.
  func requestCancel() {
    guard !Self.isCancelling, let cancel = PQgetCancel(connection) else { return }
    Self.isCancelling = true
    let bits = UInt(bitPattern: cancel)
    LoopActor.task {
      await LoopActor.onThreadPool {
        guard let cancel = OpaquePointer(bitPattern: bits) else { return }
        var words = [CChar](repeating: 0, count: 256)
        _ = PQcancel(cancel, &words, 256)
        PQfreeCancel(cancel)
      }
      Self.isCancelling = false
    }
  }

  /// Closes the connection.
  ///
  /// Its watch must be closed before.
  func close() {
    guard let connection else { return }
    self.connection = nil
    PQfinish(connection)
  }
}
