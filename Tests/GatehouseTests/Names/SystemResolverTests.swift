import Foundation
import Kernel
import Testing

@testable import GatehouseProgram

@Suite("Looking text records up")
struct SystemResolverTests {
    @Test("every text record of an answer is read, put together from its parts; other records are not")
    func answer() async throws {
        let server = try LoopbackNameServer { query in
            DNSMessage.answer(
                to: query,
                records: [
                    .text(["gatehouse-verify=", "abc"]), .other(type: 5, data: [0]), .text(["v=spf1 -all"]),
                    .text([""]),
                ])
        }
        let texts = try await resolver(server).texts(of: "_gatehouse.auth.acme.example")
        #expect(texts.map { String(decoding: $0, as: UTF8.self) } == ["gatehouse-verify=abc", "v=spf1 -all", ""])
        #expect(server.asked == ["_gatehouse.auth.acme.example"])
    }

    @Test("no such name, and a name without such records, are answers", arguments: [UInt8(3), 0])
    func nothing(code: UInt8) async throws {
        let server = try LoopbackNameServer { DNSMessage.answer(to: $0, code: code) }
        #expect(try await resolver(server).texts(of: "_gatehouse.nobody.example").isEmpty)
    }

    @Test("a server that fails or refuses has told nothing", arguments: [UInt8(2), 5])
    func failure(code: UInt8) async throws {
        let server = try LoopbackNameServer { DNSMessage.answer(to: $0, code: code) }
        await #expect(throws: NameServersSilent.self) { try await resolver(server).texts(of: "_gatehouse.a.example") }
    }

    @Test("a server that does not answer has told nothing, within the deadline")
    func silence() async throws {
        let server = try LoopbackNameServer { _ in nil }
        let start = ContinuousClock.now
        await #expect(throws: NameServersSilent.self) { try await resolver(server).texts(of: "_gatehouse.a.example") }
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test("an answer to another question is none")
    func otherQuestion() async throws {
        let server = try LoopbackNameServer { query in
            var answer = DNSMessage.answer(to: query, records: [.text(["gatehouse-verify=abc"])])
            answer[0] ^= 0xFF
            return answer
        }
        await #expect(throws: NameServersSilent.self) { try await resolver(server).texts(of: "_gatehouse.a.example") }
    }

    @Test(
        "strings that reach beyond their record are no text",
        arguments: [[5], [1, 65, 9], [255], [2, 65]] as [[UInt8]])
    func overlong(_ data: [UInt8]) {
        #expect(TextRecordAnswer.joined(data) == nil)
    }

    @Test("bytes of any kind are read without harm")
    func hostileBytes() {
        let sound = DNSMessage.answer(to: DNSMessage.query("a.example"), records: [.text(["abc"])])
        #expect(TextRecordAnswer.texts(in: sound) == [Array("abc".utf8)])
        for length in sound.indices { _ = TextRecordAnswer.texts(in: Array(sound.prefix(length))) }
        for index in sound.indices {
            for byte in [0, 1, 0x3F, 0xC0, 0xFF] as [UInt8] {
                var message = sound
                message[index] = byte
                _ = TextRecordAnswer.texts(in: message)
            }
        }
        #expect(TextRecordAnswer.texts(in: []) == nil)
    }

    @Test("a server is named by an IPv4 address and a port")
    func serverNames() {
        #expect(DNSServer("127.0.0.1:5353")?.port == 5353)
        for text in ["127.0.0.1", "127.0.0.1:0", "localhost:53", "[::1]:53", "1.2.3:53", "127.0.0.1:70000", ""] {
            #expect(DNSServer(text) == nil, "\(text)")
        }
    }

    private func resolver(_ server: LoopbackNameServer) -> SystemResolver {
        SystemResolver(server: DNSServer("127.0.0.1:\(server.port)"))
    }
}
