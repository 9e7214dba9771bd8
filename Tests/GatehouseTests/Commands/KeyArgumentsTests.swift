import ArgumentParser
import Foundation
import Kernel
import PluginKit
import Testing

@testable import GatehouseProgram

@Suite("Arguments about keys") struct KeyArgumentsTests {
    @Test("scopes are permissions, each once and in order")
    func scopes() throws {
        #expect(try KeyArguments.scopes(["users.read", "keys.read", "users.read"]) == [.keysRead, .usersRead])
        #expect(throws: ExitCode.usage) { try KeyArguments.scopes(["users.read", "users.reed"]) }
    }

    @Test("a name is trimmed, and has no control characters")
    func names() throws {
        #expect(try KeyArguments.name(" billing ") == "billing")
        #expect(try KeyArguments.name(String(repeating: "é", count: 100)).utf8.count == 200)
        let tooLong = [String(repeating: "x", count: 201), String(repeating: "é", count: 101)]
        for text in ["", "  ", "bill\u{7}ing"] + tooLong {
            #expect(throws: ExitCode.usage) { try KeyArguments.name(text) }
        }
    }

    @Test("a duration is a number and a unit", arguments: [("90d", 7_776_000), ("24h", 86_400), ("0s", 0)])
    func durations(text: String, seconds: Int) throws {
        #expect(try KeyArguments.seconds(text, option: "--older-than") == seconds)
    }

    @Test("what is no duration is a usage error", arguments: ["", "90", "1w", "-1d", "1.5h", "d"])
    func noDuration(text: String) {
        #expect(throws: ExitCode.usage) { try KeyArguments.seconds(text, option: "--older-than") }
    }

    @Test("a key lasts a minute at least, and an overlap the longest that a tenant may have at most")
    func bounds() throws {
        #expect(try KeyArguments.lifetime("60s") == 60)
        #expect(throws: ExitCode.usage) { try KeyArguments.lifetime("59s") }
        #expect(try KeyArguments.secretLifetime("730d") == 730 * 86_400)
        for text in ["59s", "731d"] { #expect(throws: ExitCode.usage) { try KeyArguments.secretLifetime(text) } }
        #expect(try KeyArguments.age("730d") == 730 * 86_400)
        #expect(throws: ExitCode.usage) { try KeyArguments.age("731d") }
        #expect(try KeyArguments.overlap("0s") == 0)
        #expect(try KeyArguments.overlap("30d") == 30 * 86_400)
        #expect(throws: ExitCode.usage) { try KeyArguments.overlap("31d") }
        #expect(try KeyArguments.rateLimit(1_000_000) == 1_000_000)
        for number in [0, -1, 1_000_001] { #expect(throws: ExitCode.usage) { try KeyArguments.rateLimit(number) } }
    }

    @Test("metadata are names and values, parted by the first equals sign")
    func metadata() throws {
        let texts = ["plan=gold", "rule=a=b", "none=", "Ünïcode é=é"]
        #expect(
            try KeyArguments.metadata(texts) == ["plan": "gold", "rule": "a=b", "none": "", "Ünïcode é": "é"])
        #expect(try KeyArguments.metadata([]) == [:])
        // A mark that combines with the sign is the value's first.
        #expect(try KeyArguments.metadata(["a=\u{338}b"]) == ["a": "\u{338}b"])
    }

    @Test("metadata has the bounds that it has over HTTP, and each name once")
    func metadataBounds() throws {
        let (name, value) = (String(repeating: "n", count: 64), String(repeating: "v", count: 500))
        #expect(try KeyArguments.metadata(["\(name)=\(value)"]) == [name: value])
        let many = (1...21).map { "n\($0)=v" }
        #expect(try KeyArguments.metadata(Array(many.dropLast())).count == 20)
        for texts in [
            ["plan"], [""], ["=gold"], ["\(name)n=v"], ["\(name)=\(value)v"], ["é\(name.dropLast())=v"], many,
            ["plan=gold", "plan=gold"],
        ] {
            #expect(throws: ExitCode.usage, "\(texts)") { try KeyArguments.metadata(texts) }
        }
    }

    @Test("networks and addresses are read as everywhere")
    func networks() throws {
        #expect(try KeyArguments.networks(["10.0.0.0/8", "2001:db8::1"]).count == 2)
        #expect(throws: ExitCode.usage) { try KeyArguments.networks(["10.0.0.1/8"]) }
        let many = (1...51).map { "192.0.2.\($0)" }
        #expect(try KeyArguments.networks(Array(many.dropLast())).count == 50)
        #expect(throws: ExitCode.usage) { try KeyArguments.networks(many) }
        #expect(try KeyArguments.address("192.0.2.1") == IPAddress("192.0.2.1"))
        #expect(throws: ExitCode.usage) { try KeyArguments.address("example.com") }
    }

    @Test("an id of another kind is refused")
    func ids() throws {
        let id = KeyID.make(at: .now)
        let read: KeyID = try KeyArguments.id("\(id)", option: "--key")
        #expect(read == id)
        #expect(throws: ExitCode.usage) {
            let _: KeyRotationID = try KeyArguments.id("\(id)", option: "--rotation")
        }
    }

    @Test("a refusal ends a command with the status for refusals, and what was done is handed on")
    func outcomes() throws {
        #expect(try KeyArguments.value(Outcome.done(7)) == 7)
        #expect(throws: ExitCode.refused) { try KeyArguments.value(Outcome<Int>.refused(.rotationInProgress)) }
        #expect(try KeyArguments.found(7) == 7)
        #expect(throws: ExitCode.refused) { try KeyArguments.found(Int?.none) }
    }

    @Test("every refusal that a key can meet is told in words, not as a code")
    func words() {
        let refusals: [Refusal] = [
            .notFound, .keyNotLive, .rotationInProgress, .noRotation, .lifetimeTooLong(seconds: 86_400),
        ]
        for refusal in refusals { #expect(refusal.wordsAboutKeys.contains(" "), "\(refusal)") }
        #expect(Refusal.lifetimeTooLong(seconds: 86_400).wordsAboutKeys.contains("1d at most"))
    }
}
