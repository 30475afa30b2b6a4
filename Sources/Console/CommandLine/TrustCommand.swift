import DataSources
import Facts
import Operations

/// `trust`: from now on everything in the project's file takes effect, until its content changes.
@LoopActor enum TrustCommand {
  /// Tells what will take effect, and notes the file's content as trusted.
  static func run(_ arguments: Arguments) throws(ConsoleFailure) -> ExitCode {
    let files = Opening.files(arguments)
    guard let path = files.projectPath else {
      throw ConsoleFailure(
        message: "switchboard: there is no \(ConfigurationFiles.projectName) here or above",
        code: .usage
      )
    }
    let bytes: [UInt8]
    do {
      bytes = try LocalFile.read(path).bytes
    } catch {
      throw ConsoleFailure(message: "switchboard: \(SafeText(path)): \(error.message)", code: .unavailable)
    }
    var trusting = files
    trusting.isTrusted = { $0 == path && $1 == bytes }
    do throws(Configuration.Failure) {
      _ = try trusting.read(checks: Opening.checks)
    } catch {
      throw ConsoleFailure(message: error.description, code: .config)
    }
    do throws(FileFailure) {
      let isNew = try TrustedFiles(variables: files.variables).trust(path, bytes)
      Output.line("\(isNew ? "trusted" : "trusted already"): \(SafeText(path)), until its content changes")
      return .ok
    } catch {
      throw ConsoleFailure(
        message: "switchboard: \(SafeText(error.path)): \(error.cause)",
        code: .unavailable
      )
    }
  }
}
