/// What a container is given of a Secret: one key, as a variable or as a file.
struct SecretUse: Sendable, Hashable {
  var container: String
  var secret: String
  var key: String
  /// The variable's name, or the file's path, which begins with a slash.
  var name: String

  var isFile: Bool { name.hasPrefix("/") }

  /// The Secrets of a pod's specification that may give one of these variables and files.
  static func secrets(giving names: Set<String>, in spec: JSONValue) -> Set<String> {
    var found: Set<String> = []
    for container in containers(spec) {
      for variable in container["env"]?.list ?? [] where names.contains(variable["name"]?.text ?? "") {
        found.formUnion([variable["valueFrom"]?["secretKeyRef"]?["name"]?.text].compactMap { $0 })
      }
      found.formUnion((container["envFrom"]?.list ?? []).compactMap { $0["secretRef"]?["name"]?.text })
    }
    guard names.contains(where: { $0.hasPrefix("/") }) else { return found }
    return found.union(volumes(spec).compactMap(\.secret))
  }

  /// All uses of a Secret in a pod's specification, by the containers that run as long as the pod does; with
  /// `everyContainer` by those as well that set it up or look into it.
  static func all(
    of secret: ClusterSecret,
    in spec: JSONValue,
    everyContainer: Bool = false
  ) -> [SecretUse] {
    let some = everyContainer ? lists.flatMap { spec[$0]?.list ?? [] } : containers(spec)
    return some.flatMap { container -> [SecretUse] in
      let name = container["name"]?.text ?? ""
      // What is written of a variable by itself goes before what comes with all keys.
      var keys: [String: String?] = [:]
      for source in container["envFrom"]?.list ?? [] {
        let isThis = source["secretRef"]?["name"]?.text == secret.name
        guard isThis else { continue }
        for key in secret.keys { keys[(source["prefix"]?.text ?? "") + key] = key }
      }
      for variable in container["env"]?.list ?? [] {
        let reference = variable["valueFrom"]?["secretKeyRef"]
        let isThis = reference?["name"]?.text == secret.name
        keys[variable["name"]?.text ?? ""] = .some(isThis ? reference?["key"]?.text : nil)
      }
      for volume in volumes(spec) where volume.secret == secret.name {
        for mount in container["volumeMounts"]?.list ?? [] where mount["name"]?.text == volume.name {
          let directory = cleaned(mount["mountPath"]?.text ?? "")
          let part = mount["subPath"]?.text.map { cleaned($0) } ?? ""
          for (key, path) in volume.paths(secret.keys) {
            let path = cleaned(path)
            // A part of the volume: the one file, or a directory in it.
            if path == part {
              keys[directory] = key
            } else if part.isEmpty || path.hasPrefix(part + "/") {
              keys[directory + path.dropFirst(part.count)] = key
            }
          }
        }
      }
      return keys.sorted { $0.key < $1.key }.compactMap { use, key in
        key.map { SecretUse(container: name, secret: secret.name, key: $0, name: use) }
      }
    }
  }

  private static let lists = ["initContainers", "containers", "ephemeralContainers"]

  /// A path as a container sees it, with a slash before it and none behind: `/etc/keys/` is `/etc/keys`.
  private static func cleaned(_ path: String) -> String {
    path.split(separator: "/").filter { $0 != "." }.map { "/" + $0 }.joined()
  }

  /// Those that run as long as the pod does: sidecars stand among the ones that set it up.
  private static func containers(_ spec: JSONValue) -> [JSONValue] {
    (spec["containers"]?.list ?? [])
      + (spec["initContainers"]?.list ?? []).filter { $0["restartPolicy"]?.text == "Always" }
  }

  /// A volume, or a part of one, with keys of a Secret as files.
  private struct Volume {
    var name: String
    var secret: String?
    /// The chosen keys and their paths; nil: every key under its own name.
    var items: [(key: String, path: String)]?

    init(_ name: String, _ source: JSONValue, secret: String) {
      self.name = name
      self.secret = source[secret]?.text
      items = source["items"]?.list?.compactMap { item in
        guard let key = item["key"]?.text, let path = item["path"]?.text else { return nil }
        return (key, path)
      }
    }

    func paths(_ keys: Set<String>) -> [(key: String, path: String)] {
      items?.filter { keys.contains($0.key) } ?? keys.map { ($0, $0) }
    }
  }

  private static func volumes(_ spec: JSONValue) -> [Volume] {
    (spec["volumes"]?.list ?? []).flatMap { volume -> [Volume] in
      let name = volume["name"]?.text ?? ""
      let plain = volume["secret"].map { [Volume(name, $0, secret: "secretName")] } ?? []
      let projected = (volume["projected"]?["sources"]?.list ?? []).compactMap { $0["secret"] }
      return plain + projected.map { Volume(name, $0, secret: "name") }
    }
  }
}
