/// Looks for a file in a directory and those above it.
public enum UpwardSearch {
  /// The nearest directory from `start` up that holds one of `names`, and the first of those it holds.
  ///
  /// It ends at the repository's root (a directory with `.git`), at `home` and at `/`, all included, and at a
  /// file or directory that belongs neither to this user nor to root: then nothing is found.
  public static func find(
    _ names: [String],
    from start: String,
    home: String?
  ) -> (directory: String, name: String)? {
    var directory = normalized(start)
    let top = home.map(normalized)
    while LocalFile.isOurs(directory) {
      if let name = names.first(where: { LocalFile.exists(join(directory, $0)) }) {
        return LocalFile.isOurs(join(directory, name)) ? (directory, name) : nil
      }
      if directory == "/" || directory == top || LocalFile.exists(join(directory, ".git")) { return nil }
      let parent = directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.startIndex)
      directory = parent.isEmpty ? "/" : String(parent)
    }
    return nil
  }

  /// A path below a directory.
  public static func join(_ directory: String, _ name: String) -> String {
    if name.hasPrefix("/") { return name }
    return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  private static func normalized(_ path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }.reversed()
    return trimmed.isEmpty ? "/" : String(trimmed)
  }
}
