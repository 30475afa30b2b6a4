internal import Facts

/// A header that a server, or what stands before it, wants: the tenant of a store (`X-Scope-OrgID`), a key.
public struct HTTPHeaderSettings: Sendable, Equatable {
  /// Its name.
  public var name: String
  /// Its value, itself or by reference.
  public var value: TextOrReference

  /// Makes a header.
  public init(_ name: String, _ value: TextOrReference) {
    self.name = name
    self.value = value
  }

  /// What HTTP itself says by them, or `credentials` and `login` do.
  private static let taken = [
    "authorization", "connection", "content-length", "cookie", "expect", "host", "te", "trailer",
    "transfer-encoding", "upgrade",
  ]

  /// Why no header can be called so; nil if one can.
  static func problem(ofName name: String) -> String? {
    // RFC 9110, section 5.6.2.
    let isToken =
      !name.isEmpty
      && name.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || "!#$%&'*+-.^_`|~".unicodeScalars.contains(scalar))
      }
    guard isToken else { return "no header is called so" }
    return taken.contains(name.lowercased()) ? "this header is the console's own" : nil
  }
}

extension ValueType where Value == [HTTPHeaderSettings] {
  /// A mapping of names to texts or references to secrets.
  public static let headers: ValueType = {
    let one = ValueType<HTTPHeaderSettings>(
      expected: ValueType<TextOrReference>.textOrReference.expected,
      read: { node, header, context in
        if let problem = HTTPHeaderSettings.problem(ofName: header.name) {
          context.report("\(problem): `\(Found.shown(header.name))`", at: node.location)
        }
        ValueType<TextOrReference>.textOrReference.read(node, &header.value, &context)
      },
      write: { ValueType<TextOrReference>.textOrReference.write($0.value) },
      secrets: { header, visit in
        // It says more than who asks: its value is kept from everything that is shown.
        ValueType<TextOrReference>.textOrReference.secrets(&header.value) { reference, keys, _ in
          visit(&reference, keys, false)
        }
      }
    )
    return .named(one, "a mapping of headers to texts or `{env: NAME}`", name: \.name) { name, _ in
      HTTPHeaderSettings(name, .text(""))
    }
  }()
}

extension [HTTPHeaderSettings] {
  /// Those whose values are no secrets.
  var open: [HTTPHeaderSettings] {
    filter { if case .text = $0.value { true } else { false } }
  }

  /// The headers as they are sent; one whose secret isn't there is left out.
  func resolved(_ secret: (SecretReference) -> Secret?) -> [HTTPCredentials.Header] {
    compactMap { header in
      switch header.value {
      case .text(let text): .init(header.name, Secret(text), isSecret: false)
      case .reference(let reference): secret(reference).map { .init(header.name, $0, isSecret: true) }
      }
    }
  }
}
