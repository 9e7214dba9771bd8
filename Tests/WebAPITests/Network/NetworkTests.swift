import HTTPTypes
import Kernel
import Testing

@testable import WebAPI

@Suite struct NetworkTests {
    @Test("attempts are counted by the IPv4 address and the IPv6 /64")
    func networks() throws {
        #expect(ClientNetwork(try #require(IPAddress("192.0.2.7"))).network == "192.0.2.7/32")
        #expect(ClientNetwork(try #require(IPAddress("2001:db8:1:2:3:4:5:6"))).network == "2001:db8:1:2::/64")
    }

    @Test(
        "the client is the right-most hop that is no trusted proxy",
        arguments: [
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1", ["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1", ["6.6.6.6, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
            ("10.0.0.1", ["6.6.6.6", "192.0.2.1,10.0.0.2"], "192.0.2.1"),
            ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", ["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", ["192.0.2.1:4711"], "192.0.2.1"),
            ("10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
            ("10.0.0.1", [""], "10.0.0.1"),
            ("192.0.2.9", ["6.6.6.6"], "192.0.2.9"),
        ])
    func forwarded(peer: String, lines: [String], expected: String) throws {
        let proxies = TrustedProxies([try #require(AddressBlock("10.0.0.0/8"))])
        var headers = HTTPFields()
        for line in lines { headers.append(HTTPField(name: .forwardedFor, value: line)) }
        #expect(proxies.client(peer: IPAddress(peer), headers: headers).address == expected)
    }

    @Test("a connection without an address believes no header")
    func noPeer() {
        #expect(TrustedProxies().client(peer: nil, headers: [.forwardedFor: "192.0.2.1"]) == .unknown)
    }
}
