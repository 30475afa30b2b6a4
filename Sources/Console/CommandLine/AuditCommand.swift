import DataSources
import Facts
import Operations

/// `audit verify`: whether every line of the record is as it was written.
enum AuditCommand {
  /// Verifies the environment's audit; damage is exit 2, no record at all 3; acts left open are listed.
  @LoopActor static func verify(_ session: Session) async -> ExitCode {
    do throws(AuditFailure) {
      let verification = try await session.audit.verify()
      for entry in verification.open {
        Output.line(
          "open: \(SafeText(entry.record.action)) \(SafeText(entry.record.target)) begun "
            + "\(Format.timestamp(entry.record.time)) by \(SafeText(entry.author.person)), never ended"
        )
      }
      if let damage = verification.damage {
        Output.line("\(SafeText(session.audit.path)):\(damage.line): \(SafeText(damage.sentence))")
        return .critical
      }
      guard verification.lines > 0 else {
        Output.line("nothing to verify: no act was ever recorded in \(SafeText(session.audit.path))")
        return .noData
      }
      Output.line("intact: \(verification.lines) lines in \(SafeText(session.audit.path))")
      return .ok
    } catch {
      Output.error("switchboard: \(SafeText(error.path)): \(SafeText(error.cause))")
      return .unavailable
    }
  }
}
