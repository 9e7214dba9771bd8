import Kernel
import Testing

@Suite("Addresses and blocks of them") struct AddressTests {
    @Test(
        "addresses have one written form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("::1", "::1"), ("::FFFF:C000:201", "192.0.2.1"), ("::192.0.2.1", "::192.0.2.1"),
            ("2001:db8::192.0.2.1", "2001:db8::c000:201"), ("0.0.0.0", "0.0.0.0"), ("::", "::"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ])
    func canonical(text: String, expected: String) throws {
        #expect(try #require(IPAddress(text)).description == expected)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "localhost", "127.1", "0x7f.1", "1.2.3.4.5", "256.0.0.1", "fe80::1%eth0", "fe80::1%1", "1.2.3.4 ",
            " 1.2.3.4", "1.2.3.4\n", "1.2.3.4\t", "01.2.3.4", "010.0.0.1", "1.2.3.04", "000.0.0.0", "1.2.3", "1.2.3.",
            ".1.2.3.4", "1..3.4", "3221226017", "0xC0000201", "1.2.3.-4", "+1.2.3.4", "1.2.3.4/32", "1.2.3.4:80",
            "[::1]",
            "::1 ", " ::1", ":::", "1::2::3", "::12345", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3",
            "::ffff:01.2.3.4", "::ffff:256.0.0.1", "::g", "1.2.3.4\u{0}", "::1\u{0}", "١.٢.٣.٤", "1．2．3．4", "*",
            "2001:0db8:0000:0000:0000:0000:0000:00001",
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

    @Test("a block of mapped addresses is one of IPv4 addresses")
    func mappedBlocks() throws {
        #expect(AddressBlock("::ffff:10.0.0.0/104") == AddressBlock("10.0.0.0/8"))
        #expect(AddressBlock("::ffff:192.0.2.1") == AddressBlock("192.0.2.1/32"))
        #expect(AddressBlock("::ffff:0.0.0.0/96") == AddressBlock("0.0.0.0/0"))
        #expect(try #require(AddressBlock("192.0.2.1")).description == "192.0.2.1/32")
        let everything = try #require(AddressBlock("::/0"))
        #expect(!everything.contains(try #require(IPAddress("192.0.2.1"))))
    }

    @Test(
        "a block with a mistake in it is refused",
        arguments: [
            "::ffff:10.0.0.0/8", "::ffff:10.0.0.1/104", "::ffff:10.0.0.0/129", "10.0.0.0/ 8", "10.0.0.0/8 ",
            "10.0.0.0/+8", "10.0.0.0/0x8", "10.0.0.0/٨", "10.0.0.0/255.0.0.0", "2001:db8::1/32", "10.0.0.0-10.0.0.9",
            "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "::/129", "x",
        ])
    func badBlocks(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
