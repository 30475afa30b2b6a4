internal import CYAML

/// One step through a YAML text, copied out of libyaml.
struct YAMLEvent {
  /// What begins, ends or stands there.
  enum Kind {
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(YAMLScalar, tag: String?, anchor: String?)
    case sequenceStart(tag: String?, anchor: String?)
    case mappingStart(tag: String?, anchor: String?)
    case sequenceEnd
    case mappingEnd
    /// Nothing that matters to the reader.
    case other
  }

  /// What it is.
  var kind: Kind
  /// Where it begins.
  var location: Location
}

/// libyaml's parser over one text; its only owner.
final class YAMLEvents {
  private let file: String
  private let text: UnsafeMutableBufferPointer<UInt8>
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var isReady: Bool

  /// Copies `bytes`, which must be valid UTF-8 without a byte order mark.
  init(_ bytes: some Collection<UInt8>, file: String) {
    self.file = file
    text = .allocate(capacity: bytes.count)
    _ = text.initialize(from: bytes)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    isReady = yaml_parser_initialize(parser) == 1
    guard isReady else { return }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, text.baseAddress, text.count)
  }

  deinit {
    if isReady { yaml_parser_delete(parser) }
    parser.deallocate()
    text.deallocate()
  }

  /// The next event; after `.streamEnd` or an error it is not to be asked again.
  /// - Throws: what is wrong with the text, and where.
  func next() throws(YAMLError) -> YAMLEvent {
    guard isReady else {
      throw YAMLError("out of memory", at: Location(file: file, line: 1, column: 1))
    }
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    return YAMLEvent(kind: kind(of: event), location: location(event.start_mark))
  }

  private func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
    switch event.type {
    case YAML_STREAM_END_EVENT: return .streamEnd
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    case YAML_ALIAS_EVENT: return .alias(string(event.data.alias.anchor) ?? "")
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return .sequenceStart(tag: string(start.tag), anchor: string(start.anchor))
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return .mappingStart(tag: string(start.tag), anchor: string(start.anchor))
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      return .scalar(self.scalar(of: event), tag: string(scalar.tag), anchor: string(scalar.anchor))
    default: return .other
    }
  }

  private func scalar(of event: yaml_event_t) -> YAMLScalar {
    let data = event.data.scalar
    let text = String(
      decoding: UnsafeBufferPointer(start: data.value, count: data.length),
      as: UTF8.self
    )
    var scalar = YAMLScalar(text)
    switch data.style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: scalar.style = .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: scalar.style = .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: scalar.style = .literal
    case YAML_FOLDED_SCALAR_STYLE: scalar.style = .folded
    default: scalar.style = .plain
    }
    let quotes = scalar.style == .plain ? 0 : 1
    let width = Int(event.end_mark.column) - Int(event.start_mark.column)
    if event.start_mark.line == event.end_mark.line, width == text.unicodeScalars.count + 2 * quotes {
      scalar.textOffset = quotes
    }
    return scalar
  }

  private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func location(_ mark: yaml_mark_t) -> Location {
    Location(file: file, line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
  }

  /// libyaml's own words, put so that they say what to do.
  private func failure() -> YAMLError {
    let state = parser.pointee
    let problem = state.problem.map { String(cString: $0) } ?? "unreadable"
    let context = state.context.map { String(cString: $0) } ?? ""
    switch state.error {
    case YAML_MEMORY_ERROR:
      return YAMLError("out of memory", at: location(state.problem_mark))
    case YAML_READER_ERROR:
      let offset = Int(clamping: state.problem_offset)
      return YAMLError("a control character is not allowed here", at: place(ofByte: offset))
    default: break
    }
    let byte = byte(at: Int(clamping: state.problem_mark.index))
    let words = YAMLProblem(problem: problem, context: context, byte: byte)
    return YAMLError(
      words.message,
      at: location(words.isAtContext ? state.context_mark : state.problem_mark)
    )
  }

  /// The line and column of a byte, for the errors that libyaml gives an offset for.
  private func place(ofByte offset: Int) -> Location {
    TextPlace.location(ofByte: offset, in: UnsafeBufferPointer(text), file: file)
  }

  /// The byte of the character at libyaml's index, which counts characters; nil at the end.
  private func byte(at index: Int) -> UInt8? {
    var characters = 0
    for byte in text where byte & 0xC0 != 0x80 {
      if characters == index { return byte }
      characters += 1
    }
    return nil
  }
}
