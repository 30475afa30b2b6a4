import Glibc
import Testing

@testable import DataSources

/// Where a process' connections come from.
@Suite struct ProcessSocketsTests {
  @Test(
    arguments: [
      ("0100007F:1F90", "127.0.0.1:8080"), ("0000000000000000FFFF00000100007F:0050", "127.0.0.1:80"),
      ("00000000000000000000000001000000:0050", "::1:80"), ("0100007F", nil), ("0100:0050", nil),
      ("010000ZZ:0050", nil),
    ] as [(String, String?)]
  )
  func anAddressIsReadAsTheKernelWritesIt(_ field: String, _ address: String?) {
    #expect(ProcessSockets.address(field) == address)
  }

  @Test func theSocketsOfThisProcessAreFound() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutablePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        try #require(bind(descriptor, pointer, length) == 0 && listen(descriptor, 1) == 0)
        try #require(getsockname(descriptor, pointer, &length) == 0)
      }
    }
    let port = Int(UInt16(bigEndian: address.sin_port))
    #expect(ProcessSockets.addresses(of: [Int(getpid())]).contains("127.0.0.1:\(port)"))
    #expect(ProcessSockets.addresses(of: []).isEmpty)
  }
}
