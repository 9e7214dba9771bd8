import HTTPTypes
import Kernel
import Testing

@testable import WebAPI

@Suite struct NetworkTests {
    @Test(
        "addresses have one written form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("::1", "::1"),
        ])
    func canonical(text: String, expected: String) throws {
        #expect(try #require(IPAddress(text)).description == expected)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "localhost", "127.1", "0x7f.1", "1.2.3.4.5", "256.0.0.1", "fe80::1%eth0", "1.2.3.4 ", "01.2.3.4",
        ])
    func noAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("a block holds its addresses and no others")
    func blocks() throws {
        let block = try #require(AddressBlock("10.1.0.0/16"))
        #expect(block.contains(try #require(IPAddress("10.1.255.255"))))
        #expect(block.contains(try #require(IPAddress("::ffff:10.1.0.1"))))
        #expect(!block.contains(try #require(IPAddress("10.2.0.0"))))
        #expect(!block.contains(try #require(IPAddress("a01::"))))
        let odd = try #require(AddressBlock("2001:db8::/33"))
        #expect(odd.contains(try #require(IPAddress("2001:db8:7fff::1"))))
        #expect(!odd.contains(try #require(IPAddress("2001:db8:8000::1"))))
        #expect(try #require(AddressBlock("0.0.0.0/0")).contains(try #require(IPAddress("255.1.1.1"))))
    }

    @Test(
        "a block with a mistake in it is refused",
        arguments: ["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "::/129", "x"])
    func badBlocks(text: String) {
        #expect(AddressBlock(text) == nil)
    }

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
