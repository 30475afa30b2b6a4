internal import DataSources
internal import Facts

extension CredentialKeeper {
  /// Who gets the values as well and isn't started anew, for the preview: whoever revokes the old key takes it from them.
  func keeping(_ names: [String]) async -> [PlanRow] {
    do throws(SourceFailure) {
      return try await bystanders(of: names).map {
        PlanRow("keeps", SafeText("\($0.name) \($0.words)", limit: 300))
      }
    } catch {
      return [PlanRow("keeps", SafeText("who else gets them is not known: \(error.word)", limit: 300))]
    }
  }

  /// Who keeps the old values although the rotation is proven, as the beginning of what to do then; empty if nobody.
  func holders(of names: [String]) async -> String {
    do throws(SourceFailure) {
      let holding = try await bystanders(of: names).filter(\.holdsOld)
      return holding.isEmpty ? "" : holding.map { "\($0.name) \($0.words)" }.joined(separator: "; ") + "; "
    } catch {
      return "who else has the old key is not known (\(error.word)); "
    }
  }
}
