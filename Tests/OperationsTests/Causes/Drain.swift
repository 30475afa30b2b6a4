/// Drain (He et al., ICWS 2017) at the defaults of its paper's program: depth 4, similarity 0.4, 100 children a node.
///
/// The floor under the accuracy of ``CauseFinder``. Tokens are parted by spaces, no expressions of a data set are masked.
struct Drain {
  private final class Node {
    var children: [String: Node] = [:]
    var clusters: [Int] = []
  }

  private let root = Node()
  private var templates: [[String]] = []

  /// The cluster of a line.
  mutating func add(_ line: String) -> Int {
    let tokens = line.split(separator: " ").map(String.init)
    if let leaf = find(tokens), let cluster = match(tokens, leaf) {
      templates[cluster] = zip(templates[cluster], tokens).map { $0 == $1 ? $0 : "<*>" }
      return cluster
    }
    templates.append(tokens)
    plant(tokens).clusters.append(templates.count - 1)
    return templates.count - 1
  }

  private func match(_ tokens: [String], _ leaf: Node) -> Int? {
    var best: (cluster: Int, similarity: Double, values: Int)?
    for cluster in leaf.clusters {
      let template = templates[cluster]
      let values = template.count { $0 == "<*>" }
      let same = zip(template, tokens).count { $0 != "<*>" && $0 == $1 }
      let similarity = tokens.isEmpty ? 1 : Double(same) / Double(tokens.count)
      if best.map({ (similarity, values) > ($0.similarity, $0.values) }) ?? true {
        best = (cluster, similarity, values)
      }
    }
    return best.flatMap { $0.similarity >= 0.4 ? $0.cluster : nil }
  }

  private func find(_ tokens: [String]) -> Node? {
    guard var node = root.children["\(tokens.count)"] else { return nil }
    for token in tokens.prefix(2) {
      guard let next = node.children[token] ?? node.children["<*>"] else { return nil }
      node = next
    }
    return node
  }

  private func plant(_ tokens: [String]) -> Node {
    var node = child(root, "\(tokens.count)")
    for token in tokens.prefix(2) {
      if node.children[token] != nil {
        node = child(node, token)
      } else {
        let isValue = token.contains { $0.isNumber } || node.children.count >= 99
        node = child(node, isValue ? "<*>" : token)
      }
    }
    return node
  }

  private func child(_ node: Node, _ key: String) -> Node {
    if let known = node.children[key] { return known }
    let made = Node()
    node.children[key] = made
    return made
  }
}
