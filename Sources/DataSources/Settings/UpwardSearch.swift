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
    let directory = place(of: names, from: start, home: home)
    guard LocalFile.isOurs(directory),
      let name = names.first(where: { LocalFile.exists(join(directory, $0)) }),
      LocalFile.isOurs(join(directory, name))
    else { return nil }
    return (directory, name)
  }

  /// The directory at which such a search ends: with one of `names` in it, or as far up as it goes.
  static func place(of names: [String], from start: String, home: String?) -> String {
    var directory = normalized(start)
    let top = home.map(normalized)
    while LocalFile.isOurs(directory) {
      if names.contains(where: { LocalFile.exists(join(directory, $0)) }) { break }
      if directory == "/" || directory == top || LocalFile.exists(join(directory, ".git")) { break }
      directory = self.directory(of: directory)
    }
    return directory
  }

  /// A path below a directory.
  public static func join(_ directory: String, _ name: String) -> String {
    if name.hasPrefix("/") { return name }
    return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  /// A path below a directory, without `.` and `..`.
  public static func absolute(_ name: String, in directory: String) -> String {
    var parts: [Substring] = []
    for part in join(directory, name).split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// A path that somebody wrote: behind `~/` it is seen from `home` (nil: it stays as it is), else from `directory`.
  public static func told(_ path: String, in directory: String, home: String?) -> String {
    guard path.hasPrefix("~/") else { return absolute(path, in: directory) }
    return home.map { join($0, String(path.dropFirst(2))) } ?? path
  }

  /// The directory that a path stands in.
  public static func directory(of path: String) -> String {
    let directory = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    return directory.isEmpty ? "/" : String(directory)
  }

  private static func normalized(_ path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }.reversed()
    return trimmed.isEmpty ? "/" : String(trimmed)
  }
}
