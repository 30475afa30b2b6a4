internal import Glibc

/// Where the connections of processes of this machine come from, as `/proc` tells it (proc(5)).
enum ProcessSockets {
  /// Those of each of these processes and its descendants; 0 is none.
  ///
  /// It blocks.
  static func addresses(ofTrees roots: [Int]) -> [Set<String>] {
    guard let table = ProcessTable.read() else { return roots.map { _ in [] } }
    return roots.map { $0 == 0 ? [] : addresses(of: table.tree(of: $0).map(\.pid)) }
  }

  /// The `address:port` of the TCP sockets that these processes have open; what may not be looked into has none.
  ///
  /// It blocks.
  static func addresses(of pids: [Int]) -> Set<String> {
    let inodes = pids.reduce(into: Set<String>()) { $0.formUnion(self.inodes(of: $1)) }
    guard !inodes.isEmpty else { return [] }
    return ["/proc/net/tcp", "/proc/net/tcp6"].reduce(into: []) { addresses, path in
      for line in text(of: path).split(separator: "\n").dropFirst() {
        let fields = line.split(separator: " ")
        guard fields.count > 9, inodes.contains(String(fields[9])) else { continue }
        if let address = address(String(fields[1])) { addresses.insert(address) }
      }
    }
  }

  /// `0100007F:1F90` as `127.0.0.1:8080`: words of four bytes in the machine's order; nil if it is none.
  static func address(_ field: String) -> String? {
    let parts = field.split(separator: ":")
    guard parts.count == 2, let port = Int(parts[1], radix: 16), [8, 32].contains(parts[0].count) else {
      return nil
    }
    var bytes: [UInt8] = []
    var rest = parts[0][...]
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      withUnsafeBytes(of: word) { bytes += $0 }
      rest = rest.dropFirst(8)
    }
    // An IPv4 peer of a socket for both is told by its own address.
    if bytes.count == 16, bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10..<12] == [0xFF, 0xFF] {
      bytes.removeFirst(12)
    }
    var written = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &written, socklen_t(written.count)) != nil
    else { return nil }
    let host = String(decoding: written.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(host):\(port)"
  }

  private static func inodes(of pid: Int) -> Set<String> {
    guard let directory = opendir("/proc/\(pid)/fd") else { return [] }
    defer { closedir(directory) }
    var inodes: Set<String> = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var link = [UInt8](repeating: 0, count: 64)
      let count = link.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map {
          readlink("/proc/\(pid)/fd/\(name)", $0.assumingMemoryBound(to: CChar.self), 64)
        } ?? 0
      }
      guard count > 0 else { continue }
      let target = String(decoding: link[..<count], as: UTF8.self)
      if target.hasPrefix("socket:["), target.hasSuffix("]") {
        inodes.insert(String(target.dropFirst(8).dropLast()))
      }
    }
    return inodes
  }

  private static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0, all.count < 16 << 20 else { break }
      all += bytes[..<count]
    }
    return String(decoding: all, as: UTF8.self)
  }
}
