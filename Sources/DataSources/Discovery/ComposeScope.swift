/// What holds while one set of files is loaded.
struct ComposeScope {
  /// A value that is a variable, whole.
  struct Variable {
    /// Where its value is to be had again.
    var reference: SecretReference
    /// Whether it stands behind a `NAME=` of a list.
    var isBehindName: Bool
  }

  /// Where relative paths start from.
  var directory: String
  /// What `${…}` stands for.
  var variables: ComposeVariables
  /// How many files have included each other so far.
  var depth = 0

  /// The variable that a text is, whole or behind `NAME=`; nil for any other, and for one not set.
  func variable(of text: String) -> Variable? {
    if let name = ComposeVariables.variable(text) {
      return variables.reference(name).map { Variable(reference: $0, isBehindName: false) }
    }
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].contains("$"), let name = ComposeVariables.variable(parts[1]) else {
      return nil
    }
    return variables.reference(name).map { Variable(reference: $0, isBehindName: true) }
  }

  /// Whether compose would fetch a file from elsewhere: by git, from a registry, over HTTP.
  static func isRemote(_ path: String) -> Bool {
    ["oci://", "git://", "ssh://", "http://", "https://", "git@", "github.com/"].contains(
      where: path.hasPrefix
    )
  }
}
