internal import Facts

/// What a Secret held, kept until its rotation is over.
struct SecretCopy: Sendable {
  var name: String
  var uid: String
  /// The key and the value of each variable.
  var values: [String: (key: String, value: Secret)] = [:]

  /// - Throws: a value is no text.
  init(of secret: ClusterSecret, _ keys: [String: String], at address: String) throws(SourceFailure) {
    name = secret.name
    uid = secret.uid
    for (variable, key) in keys {
      guard let value = secret.value(key) else {
        throw SourceFailure(.rejected, at: address, detail: "\(key) of the Secret \(secret.name) is no text")
      }
      values[variable] = (key, value)
    }
  }

  init?(parsing bytes: [UInt8]) {
    guard let json = JSONValue(parsing: bytes), let name = json["secret"]?.text, let uid = json["uid"]?.text,
      let listed = json["values"]?.list
    else { return nil }
    (self.name, self.uid) = (name, uid)
    for entry in listed {
      guard let variable = entry["variable"]?.text, let key = entry["key"]?.text,
        let value = entry["value"]?.text
      else { return nil }
      values[variable] = (key, Secret(value))
    }
  }

  var bytes: [UInt8] {
    let entries = values.sorted { $0.key < $1.key }.map { variable, entry in
      JSONBody.object([
        .init("variable", .string(variable)), .init("key", .string(entry.key)),
        .init("value", .string(entry.value.reveal { $0 })),
      ])
    }
    let body = JSONBody.object([
      .init("secret", .string(name)), .init("uid", .string(uid)), .init("values", .array(entries)),
    ])
    return Array((body.text + "\n").utf8)
  }
}
