internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// Looks host names up; it blocks, and for long when name servers are silent: it belongs in the ``SlowLane``.
enum HostNames {
  /// The failure of a lookup that found nothing: without descriptors it asks nobody.
  static func failure(at address: String, detail: String = "") -> SourceFailure {
    Descriptors.areExhausted()
      ? Descriptors.failure(at: address) : SourceFailure(.unresolved, at: address, detail: detail)
  }

  /// The numeric addresses of `host` in the resolver's order, at most eight; empty if it is unknown.
  static func addresses(of host: String) -> [String] {
    // Each address comes once for each kind of socket, and is kept once.
    var hints = addrinfo()
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [String] = []
    var next = list
    while let entry = next, found.count < 8 {
      var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(
        entry.pointee.ai_addr,
        entry.pointee.ai_addrlen,
        &name,
        socklen_t(name.count),
        nil,
        0,
        NI_NUMERICHOST
      ) == 0 {
        let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        if !found.contains(text) { found.append(text) }
      }
      next = entry.pointee.ai_next
    }
    return found
  }
}
