internal import Facts

extension CauseReport {
  /// Writes causes from groups of shapes.
  struct Builder {
    let store: CauseStore
    let labels: [(name: String, value: String)]

    func report(_ nodes: [CauseGrouping.Node]) -> CauseReport {
      let total = store.shapes.reduce(0) { $0 + $1.tally.lines }
      var ofLabels = [Int](repeating: 0, count: labels.count)
      for shape in store.shapes {
        for (label, lines) in shape.labels { ofLabels[label] += lines }
      }
      // Groups whose templates read the same are one cause to whoever reads them.
      var groups: [String: [Int]] = [:]
      for node in nodes { groups[template(node), default: []] += node.shapes }
      let made = groups.map { template, shapes in
        (cause: cause(template, shapes, total, ofLabels), shapes: shapes)
      }.sorted { ($1.cause.count, $0.cause.name) < ($0.cause.count, $1.cause.name) }
      var places = [Int32](repeating: 0, count: store.shapes.count)
      for (index, group) in made.enumerated() {
        for shape in group.shapes { places[shape] = Int32(index) }
      }
      for shape in places.indices { places[shape] = places[Int(store.resolve(Int32(shape)))] }
      return CauseReport(causes: made.map(\.cause), count: total, isCoarse: store.level > 0, places: places)
    }

    /// The text of a group's first shape with its values shown as `‹…›`.
    private func template(_ node: CauseGrouping.Node) -> String {
      let shape = store.shapes[node.shapes[0]]
      var text = ""
      var wasValue = false
      for (piece, token) in zip(node.pieces, node.tokens) {
        let isValue = piece == MessageToken.valueHash
        if isValue, wasValue, !token.isApart { continue }
        if token.isApart, !text.isEmpty { text += " " }
        text +=
          isValue ? "‹…›" : String(decoding: shape.text[Int(token.start)..<Int(token.end)], as: UTF8.self)
        wasValue = isValue
      }
      // A text was longer than what counts: so is the template.
      return node.shapes.contains(where: { store.shapes[$0].isCut }) && !wasValue ? text + "…" : text
    }

    private func cause(_ template: String, _ shapes: [Int], _ total: Int, _ ofLabels: [Int]) -> Cause {
      var tally = CauseTally()
      var labels: [Int: Int] = [:]
      for shape in shapes {
        tally.add(store.shapes[shape].tally)
        for (label, lines) in store.shapes[shape].labels { labels[label, default: 0] += lines }
      }
      let kept = shapes.flatMap { store.shapes[$0].kept.map { store.variants[Int($0)] } }
        .sorted { ($1.tally.lines, $0.hash) < ($0.tally.lines, $1.hash) }
      let told = kept.prefix(CauseFinder.variantLimit)
      return Cause(
        name: Self.name(template),
        template: SafeText(template),
        count: tally.lines,
        firstSeen: tally.first.map(WallTime.init(secondsSince1970:)),
        lastSeen: tally.last.map(WallTime.init(secondsSince1970:)),
        kind: kind(kept, shapes),
        variants: told.map { variant in
          let text = SafeText(utf8: variant.text, limit: 4_096)
          return CauseVariant(
            text: variant.isCut ? SafeText(text.string + "…", limit: 8_192) : text,
            count: variant.tally.lines,
            firstSeen: variant.tally.first.map(WallTime.init(secondsSince1970:)),
            lastSeen: variant.tally.last.map(WallTime.init(secondsSince1970:))
          )
        },
        furtherLines: tally.lines - told.reduce(0) { $0 + $1.tally.lines },
        shares: shares(labels, tally.lines, total, ofLabels)
      )
    }

    private func shares(_ counts: [Int: Int], _ lines: Int, _ total: Int, _ ofLabels: [Int]) -> [LabelShare] {
      counts.map { label, count in
        LabelShare(
          name: SafeText(labels[label].name),
          value: SafeText(labels[label].value),
          count: count,
          inCause: Double(count) / Double(lines),
          inAll: Double(ofLabels[label]) / Double(total)
        )
      }.sorted { one, two in
        let (first, second) = (one.inCause - one.inAll, two.inCause - two.inAll)
        return (second, one.name.string, one.value.string) < (first, two.name.string, two.value.string)
      }
    }

    /// The class of most failures whose text is kept; of none, that of the texts that stand for the shapes.
    private func kind(_ kept: [CauseStore.Variant], _ shapes: [Int]) -> CauseClass {
      var lines: [CauseClass: Int] = [:]
      for variant in kept { lines[.of(variant.text), default: 0] += variant.tally.lines }
      if kept.isEmpty {
        for shape in shapes {
          lines[.of(store.shapes[shape].text), default: 0] += store.shapes[shape].tally.lines
        }
      }
      let most = lines.values.max() ?? 0
      return CauseClass.allCases.first { lines[$0] == most } ?? .other
    }

    /// The first four words of a template and the hash of all of it.
    static func name(_ template: String) -> String {
      var words: [String] = []
      for word in template.split(whereSeparator: { !$0.isASCII || !($0.isLetter || $0.isNumber) })
      where words.count < 4 {
        words.append(word.prefix(24).lowercased())
      }
      let digits = String(StableHash.of(template) & 0xFF_FFFF, radix: 16)
      return (words + [String(repeating: "0", count: 6 - digits.count) + digits]).joined(separator: "-")
    }
  }
}
