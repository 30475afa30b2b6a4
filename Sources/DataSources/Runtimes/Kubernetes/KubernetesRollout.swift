public import Facts

extension KubernetesRuntime {
  /// Sends the patch of a plan, and follows a restart until every pod is a new one.
  ///
  /// A rollout is followed for as long as its own deadline and ``patience``: its controller says by then that it gave
  /// up. For as long as that the cluster may give no answer meanwhile.
  /// - Throws: `rejected` if the context was changed underneath, with the reasons of the pods where the rollout was
  ///   given up; `timedOut` where its end could not be seen: it may still come; `unreadable` where the server broke
  ///   while it was told: it may have taken it.
  public func perform(_ request: RuntimeRequest) async throws(SourceFailure) {
    guard !request.words.isEmpty else {
      throw SourceFailure(.misconfigured, at: descriptor.address, detail: "it can't \(request.verb)")
    }
    try await kubectl.pin()
    guard let place = kubectl.identity?.description, request.service.identity.id.hasSuffix(" at \(place)")
    else {
      throw SourceFailure(
        .rejected,
        at: descriptor.address,
        detail: "the plan was made for another cluster or user: nothing was done"
      )
    }
    let output: [UInt8]
    do throws(SourceFailure) {
      output = try await kubectl.run(request.words, within: Self.within)
    } catch {
      throw error.ofWrite
    }
    guard let object = await LoopActor.decodeJSON(output), let workload = KubernetesWorkload(object),
      let generation = workload.generation
    else {
      throw SourceFailure(.unreadable, at: descriptor.address, detail: "what kubectl patched can't be read")
    }
    guard request.verb == .restart else { return }
    try await follow(workload, until: generation)
  }

  /// Waits until all pods are those of a generation.
  private func follow(_ patched: KubernetesWorkload, until generation: Int) async throws(SourceFailure) {
    let begun = LoopActor.now().monotonic
    let end = begun + .seconds(patched.progressDeadline ?? 600) + patience
    var heard = begun
    var words = "nothing was seen of it"
    while LoopActor.now().monotonic < end {
      await LoopActor.sleep(for: followEvery)
      guard !Task.isCancelled else { throw SourceFailure(.cancelled, at: descriptor.address) }
      let standing: RolloutStanding
      do throws(SourceFailure) {
        let workloads = try await snapshot().workloads
        heard = LoopActor.now().monotonic
        let workload = workloads.first { $0.uid == patched.uid }
        standing =
          workload.map { RolloutStanding(of: $0, generation, at: LoopActor.now().wall) }
          ?? .failed("\(patched.instance) is gone meanwhile")
      } catch {
        // A question that fails says nothing of the rollout, which goes on.
        words = "\(error.word): \(error.detail)"
        guard LoopActor.now().monotonic - heard < patience else { break }
        continue
      }
      switch standing {
      case .done: return
      case .going(let word): words = word
      case .failed(let reason):
        throw SourceFailure(.rejected, at: descriptor.address, detail: reason, told: "rollout failed")
      }
    }
    throw SourceFailure(
      .timedOut,
      at: descriptor.address,
      detail: "the end of the rollout was not seen: \(words)"
    )
  }
}

extension SourceFailure {
  /// The same of something that was to be changed: a server that broke over it (500 to 599) may have written it.
  var ofWrite: SourceFailure {
    guard case .status(500..<600) = code else { return self }
    return SourceFailure(.unreadable, at: address, detail: detail, told: word)
  }
}

/// How far the rollout of a change is.
enum RolloutStanding: Equatable {
  /// Every pod is a new one and ready, and no old one is left.
  case done
  /// It goes on, or isn't seen to have begun.
  case going(String)
  /// Its controller gave up, with the reasons of the pods.
  case failed(String)

  /// Judges a workload after a patch that made it that generation.
  init(of workload: KubernetesWorkload, _ generation: Int, at now: WallTime) {
    if workload.isSettled(by: generation, at: now) {
      self = .done
    } else if let givenUp = workload.givenUp, workload.observedGeneration.map({ $0 >= generation }) ?? false {
      let reasons = workload.reasons
      self = .failed(givenUp + (reasons.isEmpty ? "" : " " + reasons))
    } else {
      let ending = workload.pods.count(where: \.isEnding)
      self = .going(workload.state(at: now).word + (ending == 0 ? "" : ", \(ending) old pods still end"))
    }
  }
}
