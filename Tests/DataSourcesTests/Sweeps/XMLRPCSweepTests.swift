import TestSupport
import Testing

@testable import DataSources

@Suite struct XMLRPCSweepTests {
  private static let reply = """
    <?xml version='1.0'?><methodResponse><params><param><value><array><data><value><struct>
    <member><name>name</name><value><string>worker_00</string></value></member>
    <member><name>group</name><value><string>worker</string></value></member>
    <member><name>statename</name><value><string>RUNNING</string></value></member>
    <member><name>pid</name><value><int>4242</int></value></member>
    <member><name>start</name><value><int>1795454528</int></value></member>
    <member><name>now</name><value><int>1795454828</int></value></member>
    <member><name>exitstatus</name><value><int>0</int></value></member>
    <member><name>spawnerr</name><value><string>a &lt; b</string></value></member>
    </struct></value></data></array></value></param></params></methodResponse>
    """
  private static let fault = """
    <methodResponse><fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member>
    <member><name>faultString</name><value><string>BAD_NAME: x</string></value></member></struct></value></fault>
    </methodResponse>
    """

  @Test func repliesAreValuesFaultsOrAFailureAtALine() {
    var processes = 0
    let mutation = Mutation(
      of: Self.reply,
      Self.fault,
      pieces: [
        "<value>", "</value>", "<int>", "<i8>", "<double>", "<nil/>", "<boolean>2</boolean>", "<array><data>",
        "&lt;",
        "&#0;", "&x;", "<!DOCTYPE a [<!ENTITY x 'y'>]>", "<![CDATA[", "]]>", "<?xml encoding='UTF-16'?>",
        "<struct>",
      ]
    )
    let failures = Sweep(seed: 1, cases: 5_000).failures(of: mutation) { bytes in
      do throws(XMLFailure) {
        guard case .value(let value) = try XMLRPCReply.parse(bytes) else { return nil }
        for process in (value.list ?? []).map({ SupervisorProcess($0, at: 0) }) {
          processes += 1
          _ = process.reading
          if let uptime = process.uptime, uptime < 0 { return "a negative uptime" }
        }
        return nil
      } catch {
        return error.line >= 1 && !error.reason.isEmpty ? nil : "a failure without a place: \(error)"
      }
    }
    #expect(failures == [])
    #expect(processes > 100)
  }
}
