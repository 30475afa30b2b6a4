public import DataSources
public import Facts

/// A rotation that was begun and isn't over, as its journal tells: names and places, never a value or what tells one.
///
/// What stands in the files and in the containers is not in it: that is looked at.
public struct OpenRotation: Sendable, Hashable {
  /// Which way it goes.
  public enum Phase: String, Sendable, Hashable, CaseIterable {
    /// Towards the new values.
    case rotating
    /// Back to the old ones.
    case rollingBack = "rolling back"
    /// The new values are in all services, and nothing could prove that they are taken.
    case unproven
  }

  /// The credential.
  public var credential: String
  /// The variables.
  public var names: [String]
  /// The files.
  public var files: [String]
  /// Who is started with them, in the order in which they are recreated.
  public var carriers: [CredentialPlace.Carrier]
  /// Those that had been started with what stands in the file when it was last written down.
  public var done: [String] = []
  /// Which way it goes.
  public var phase = Phase.rotating
  /// When it was begun.
  public var begunAt: WallTime
  /// Who began it.
  public var person: String

  /// Describes a rotation that begins.
  public init(
    credential: String,
    names: [String],
    files: [String],
    carriers: [CredentialPlace.Carrier],
    begunAt: WallTime,
    person: String
  ) {
    self.credential = credential
    self.names = names
    self.files = files
    self.carriers = carriers
    self.begunAt = begunAt
    self.person = person
  }

  /// The version of what is written: 1 had one `file`, or `files` already.
  static let version = 2

  /// Whether a journal is of a version that is not known here yet.
  static func isNewer(_ bytes: [UInt8]) -> Bool {
    (JSONValue(parsing: bytes)?["version"]?.integer).map { $0 > version } ?? false
  }

  /// The one file of a journal of the first form, beside which the kept copy is that file itself; nil: it is none.
  static func onlyFile(ofOld bytes: [UInt8]) -> String? {
    guard let json = JSONValue(parsing: bytes), json["version"]?.integer == 1 else { return nil }
    return json["file"]?.text
  }

  /// Reads a journal, of an older version as well; nil if it is none.
  init?(parsing bytes: [UInt8]) {
    guard let json = JSONValue(parsing: bytes), let version = json["version"]?.integer,
      (1...Self.version).contains(version), let credential = json["credential"]?.text,
      let listedFiles = json["files"]?.list ?? (version == 1 ? json["file"].map { [$0] } : nil),
      let phase = json["phase"]?.text.flatMap(Phase.init(rawValue:)), let begun = json["begun"]?.number,
      let person = json["by"]?.text, let names = json["variables"]?.list?.compactMap(\.text), !names.isEmpty,
      let listed = json["services"]?.list, let done = json["done"]?.list?.compactMap(\.text)
    else { return nil }
    let carriers = listed.compactMap { entry -> CredentialPlace.Carrier? in
      guard let name = entry["name"]?.text, let variables = entry["variables"]?.list else { return nil }
      return CredentialPlace.Carrier(name, variables: variables.compactMap(\.text))
    }
    let files = listedFiles.compactMap(\.text)
    guard carriers.count == listed.count, !files.isEmpty, files.count == listedFiles.count else { return nil }
    self.init(
      credential: credential,
      names: names,
      files: files,
      carriers: carriers,
      begunAt: WallTime(secondsSince1970: begun),
      person: person
    )
    self.phase = phase
    self.done = done
  }

  var bytes: [UInt8] {
    func texts(_ texts: [String]) -> JSONBody { .array(texts.map { .string($0) }) }
    let services = carriers.map { carrier in
      JSONBody.object([
        .init("name", .string(carrier.service)), .init("variables", texts(carrier.variables)),
      ])
    }
    let body = JSONBody.object([
      .init("version", .integer(Self.version)), .init("credential", .string(credential)),
      .init("variables", texts(names)), .init("files", texts(files)), .init("services", .array(services)),
      .init("done", texts(done)), .init("phase", .string(phase.rawValue)),
      .init("begun", .number(begunAt.secondsSince1970)), .init("by", .string(person)),
    ])
    return Array((body.text + "\n").utf8)
  }

  /// The files, in words.
  var path: String { files.joined(separator: ", ") }

  /// Whose it is and how to go on with it.
  var told: SafeText {
    let at = Format.timestamp(begunAt)
    return SafeText(
      "\(person) began to rotate \(credential) at \(at), and it is not over: switchboard rotate --resume or --rollback",
      limit: 300
    )
  }
}

/// That nobody can tell with which values a service was started.
struct CarrierDoubt {
  var service: String
  var isAbsent: Bool

  var words: String {
    isAbsent
      ? "\(service) is not there, and will be started with them"
      : "with which values \(service) was started is not known"
  }
}

/// A roll back that is over, of which nobody could tell whether it reached every service.
public struct RollbackRecord: Sendable, Hashable {
  /// When it ended.
  public var endedAt: WallTime
  /// Who did it.
  public var person: String
  /// What of it is not known, as words.
  public var doubts: String
}

/// When a credential was rotated last and proven, and whether the old key was revoked since.
public struct RotationRecord: Sendable, Hashable {
  /// When its new values were proven.
  public var provenAt: WallTime
  /// Who did it.
  public var person: String
  /// When somebody said that the old one is revoked; nil: nobody has.
  public var revokedAt: WallTime?
}
