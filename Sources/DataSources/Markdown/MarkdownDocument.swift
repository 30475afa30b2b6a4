internal import CCmark

/// One block of a Markdown document, as CommonMark reads it, in the order of the text.
public struct MarkdownBlock: Sendable, Hashable {
  /// What the block is.
  public enum Kind: Sendable, Hashable {
    /// A heading of that level, 1 to 6.
    case heading(Int)
    /// A paragraph, or one of a list's item.
    case paragraph
    /// A code block: what stands behind its fence; empty of an indented one.
    case code(info: String)
  }

  /// What it is.
  public var kind: Kind
  /// The text without its marks; of code exactly what stands in it.
  public var text: String
  /// The line on which it begins, from 1; of a fence the fence's own.
  public var line: Int

  /// Makes a block.
  public init(_ kind: Kind, _ text: String, line: Int) {
    self.kind = kind
    self.text = text
    self.line = line
  }
}

/// A Markdown document as a list of blocks: what quotes and lists hold stands in its place.
public struct MarkdownDocument: Sendable, Hashable {
  /// The blocks.
  public var blocks: [MarkdownBlock]
  /// The line of a fence that is never closed: everything behind it became code.
  public var openFence: Int?

  /// Deeper nesting is not read.
  private static let deepest = 40

  /// Reads a document; any text is one.
  public init(parsing text: String) {
    let text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    let bytes = Array(text.utf8)
    blocks = []
    let root = bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) {
        cmark_parse_document($0.baseAddress, $0.count, CMARK_OPT_DEFAULT)
      }
    }
    guard let root else { return }
    defer { cmark_node_free(root) }
    // What cmark counts as the end of a line, and no more.
    let lines = text.split(omittingEmptySubsequences: false) { ["\n", "\r", "\r\n"].contains($0) }
    read(childrenOf: root, lines, depth: 0)
  }

  private mutating func read(childrenOf parent: OpaquePointer, _ lines: [Substring], depth: Int) {
    guard depth < Self.deepest else { return }
    var node = cmark_node_first_child(parent)
    while let current = node {
      node = cmark_node_next(current)
      let line = Int(cmark_node_get_start_line(current))
      switch cmark_node_get_type(current) {
      case CMARK_NODE_HEADING:
        blocks.append(
          MarkdownBlock(
            .heading(Int(cmark_node_get_heading_level(current))),
            Self.text(of: current),
            line: line
          )
        )
      case CMARK_NODE_PARAGRAPH:
        blocks.append(MarkdownBlock(.paragraph, Self.text(of: current), line: line))
      case CMARK_NODE_CODE_BLOCK:
        let info = cmark_node_get_fence_info(current).map { String(cString: $0) } ?? ""
        let code = cmark_node_get_literal(current).map { String(cString: $0) } ?? ""
        blocks.append(MarkdownBlock(.code(info: info), code, line: line))
        noteFence(lines, from: line, to: Int(cmark_node_get_end_line(current)))
      default: read(childrenOf: current, lines, depth: depth + 1)
      }
    }
  }

  /// A fence that is closed ends with a line of its own marks.
  private mutating func noteFence(_ lines: [Substring], from first: Int, to last: Int) {
    guard openFence == nil, lines.indices.contains(first - 1), let fence = Self.fence(lines[first - 1]) else {
      return
    }
    guard last > first, lines.indices.contains(last - 1), let end = Self.fence(lines[last - 1]),
      end.first == fence.first, end.count >= fence.count
    else {
      openFence = first
      return
    }
  }

  /// The marks with which a line begins behind what quotes and lists put before it; nil of a line without.
  private static func fence(_ line: Substring) -> Substring? {
    let marks = line.drop { !"`~".contains($0) }
    guard let mark = marks.first else { return nil }
    let run = marks.prefix { $0 == mark }
    return run.count >= 3 ? run : nil
  }

  /// The text of a block; inline marks may be nested as deeply as the text is long.
  private static func text(of block: OpaquePointer) -> String {
    guard let walk = cmark_iter_new(block) else { return "" }
    defer { cmark_iter_free(walk) }
    var result = ""
    while true {
      let event = cmark_iter_next(walk)
      guard event != CMARK_EVENT_DONE else { return result }
      guard event == CMARK_EVENT_ENTER else { continue }
      let node = cmark_iter_get_node(walk)
      switch cmark_node_get_type(node) {
      case CMARK_NODE_TEXT, CMARK_NODE_CODE:
        result += cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
      case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK: result += " "
      default: continue
      }
    }
  }
}
