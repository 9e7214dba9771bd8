import DatabaseTesting
import Foundation
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("Verifying keys over HTTP") struct KeyVerificationTests {
    private let house: House

    init() async throws {
        house = try await House.open()
    }

    @Test("a good key is told for what it is, with or without its tenant in the path")
    func good() async throws {
        let owner = try await house.owner()
        let machine = try await house.machine([.usersRead, .auditRead], lifetimeSeconds: 3600, ownedBy: owner)
        let anywhere = try await house.verify(machine.key)
        let expected: JSON = [
            "valid": true, "key_id": .text(machine.id), "tenant_id": "\(house.acme.id)",
            "tenant": .text(house.acme.slug),
            "name": "billing", "owner_id": .text(owner.id), "scopes": ["audit.read", "users.read"], "metadata": [:],
            "expires_at": "2096-10-02T08:06:40.000Z",
        ]
        #expect(anywhere.json.without(["secret_id"]) == expected)
        #expect(try await house.verify(at: house.acme, machine.key).bytes == anywhere.bytes)
        #expect(try await house.verify(machine.key, ["scopes": ["users.read"]]).json["valid"] == true)
        #expect(try await house.verify(machine.key, ["scopes": []]).json["valid"] == true)
    }

    @Test("whatever is wrong with a key, a stranger reads the same bytes")
    func alike() async throws {
        var appearances: [String: Set<Answer.Appearance>] = [:]
        for text in try await KeysThatAreNotGood(of: house).all.values {
            for answer in [try await house.verify(text), try await house.verify(at: house.acme, text)] {
                #expect(answer.status == 200)
                #expect(answer.text == #"{"code":"invalid_key","valid":false}"#)
                appearances[answer.headers[.vary] ?? "", default: []].insert(answer.appearance)
            }
        }
        // One for each of the two routes.
        #expect(appearances.count == 2 && appearances.values.allSatisfy { $0.count == 1 })
    }

    @Test("why a key is not good is told to who may verify keys at its tenant, and at no other")
    func reasons() async throws {
        let keys = try await KeysThatAreNotGood(of: house)
        let (asker, rivals) = (
            try await house.machine([.keysVerify]), try await house.machine(at: house.rival, [.keysVerify])
        )
        let admin = try await house.owner()
        for (reason, text) in keys.all {
            for bearer in [asker.key, admin.accessToken] {
                let here = try await house.verify(at: house.acme, text, bearer: bearer)
                #expect(here.json == ["valid": false, "code": .text(keys.code(of: reason))], "\(reason)")
            }
            let abroad = try await house.verify(text, bearer: rivals.key)
            #expect(abroad.json == ["valid": false, "code": "invalid_key"], "\(reason)")
        }
        for reason in ["revoked", "replaced", "expired", "owner_inactive", "network_not_allowed"] {
            let answer = try await house.verify(try #require(keys.all[reason]), bearer: asker.key)
            #expect(answer.json["code"].text == reason)
        }
        let stranger = try await house.machine(at: house.rival, [.productUse])
        #expect(try await house.verify(stranger.key, bearer: asker.key).json["valid"] == true)
        _ = try await house.kernel.apiKeys(of: house.rival.tenant).revoke(
            try #require(KeyID(stranger.id)), because: nil, by: .hostOperator(.test()))
        #expect(try await house.verify(stranger.key, bearer: asker.key).json["code"] == "invalid_key")
    }

    @Test("who says who he is must be right about it, and be allowed to ask")
    func asker() async throws {
        let (machine, unable) = (try await house.machine(), try await house.machine([.productUse]))
        let rivals = try await house.machine(at: house.rival, [.keysVerify])
        for bearer in ["garbage", house.operatorKey, machine.key + "A"] {
            #expect(try await house.verify(machine.key, bearer: bearer).code == "unauthenticated")
            #expect(try await house.verify(at: house.acme, machine.key, bearer: bearer).code == "unauthenticated")
        }
        let other = try await house.verify(at: house.acme, machine.key, bearer: rivals.key)
        #expect(other.code == "unauthenticated")
        #expect(other.headers[.wwwAuthenticate] == "Bearer")
        for answer in [
            try await house.verify(machine.key, bearer: unable.key),
            try await house.verify(at: house.acme, machine.key, bearer: unable.key),
        ] {
            #expect(answer.code == "forbidden")
        }
        #expect(try await house.acme.events(.accessRefused).first?.subject == "keys.verify")
        let unread = try await house.send(.post, "/v1/api-keys/verify", bearer: "garbage", text: "[")
        #expect(unread.code == "unauthenticated", "the body is not looked at before")
    }

    @Test("keys of a suspended tenant are no better than any other, and its own routes are closed")
    func suspended() async throws {
        let house = try await House.open(isSuspended: true)
        let machine = try await house.machine()
        #expect(try await house.verify(machine.key).text == #"{"code":"invalid_key","valid":false}"#)
        #expect(try await house.verify(at: house.acme, machine.key).code == "tenant_suspended")
        #expect(try await house.send(.get, "/v1/forward-auth", bearer: machine.key).code == "unauthenticated")
        let asked = try await house.verify(try await house.machine(at: house.rival).key, bearer: machine.key)
        #expect(asked.code == "unauthenticated")
    }

    @Test("a scope that a good key lacks is told to everybody")
    func scopes() async throws {
        let machine = try await house.machine([.usersRead])
        let answer = try await house.verify(machine.key, ["scopes": ["users.read", "audit.read"]])
        #expect(answer.json == ["valid": false, "code": "insufficient_scope"])
        for scopes: JSON in [["*"], ["users.fly"], ["users.read", "users.read"], .null, "users.read"] {
            #expect(try await house.verify(machine.key, ["scopes": scopes]).code == "invalid_body")
        }
    }

    @Test("the client's address decides, in whatever form it is written")
    func networks() async throws {
        let machine = try await house.machine(networks: ["192.0.2.0/24", "2001:db8:1::/48"])
        for address in ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1::7", "2001:DB8:1:0:0:0:0:7"] {
            #expect(try await house.verify(machine.key, ["client_address": .text(address)]).json["valid"] == true)
        }
        for address in ["192.0.3.7", "::ffff:192.0.3.7", "2001:db8:2::7", "::192.0.2.7"] {
            let answer = try await house.verify(machine.key, ["client_address": .text(address)])
            #expect(answer.json == ["valid": false, "code": "invalid_key"], "\(address)")
        }
        #expect(try await house.verify(machine.key).json["valid"] == false, "an unknown address is in no network")
        for address: JSON in ["localhost", "192.0.2.0/24", "010.0.0.1", "192.0.2.7 ", "", "fe80::1%eth0", .null, 7] {
            let answer = try await house.verify(machine.key, ["client_address": address])
            #expect(answer.faults.keys.contains("/client_address"), "\(address)")
        }
        await house.kernel.keyUses.flush()
        let owner = try await house.owner()
        let callers = try await owner.admin(.get, "/api-keys/\(machine.id)/callers").json["data"].list
        #expect(Set(callers.compactMap { $0["address"].text }) == ["192.0.2.7", "2001:db8:1::7"])
    }

    @Test("a good key at its limit is told to wait, and a verification counts against it")
    func limit() async throws {
        let machine = try await house.machine([.usersRead], rateLimit: 2)
        var answers: [JSON] = []
        for _ in 0..<4 { answers.append(try await house.verify(machine.key).json) }
        let limited = try #require(answers.last)
        #expect(limited["code"] == "rate_limited")
        #expect(try await machine.admin(.get, "/users").code == "rate_limited")
        house.wait(.seconds(try #require(limited["retry_after_seconds"].number)))
        #expect(try await machine.isGood)
    }

    @Test("an asker at the limit of his own key is answered 429")
    func askersLimit() async throws {
        let (machine, asker) = (try await house.machine(), try await house.machine([.keysVerify], rateLimit: 1))
        var last = try await house.verify(machine.key, bearer: asker.key)
        for _ in 0..<3 { last = try await house.verify(machine.key, bearer: asker.key) }
        #expect((last.status, last.code) == (429, "rate_limited"))
        #expect(last.headers[.retryAfter] != nil)
    }

    @Test("bodies are strict and bounded, and no answer repeats the key")
    func bodies() async throws {
        let key = try await house.machine().key
        func send(_ text: String) async throws -> Answer {
            try await house.send(.post, "/v1/api-keys/verify", text: text)
        }
        for (body, pointer, code) in [
            ("{}", "/key", "missing"), (#"{"key": ""}"#, "/key", "too_short"),
            (#"{"key": null}"#, "/key", "wrong_type"),
            (#"{"key": ["\#(key)"]}"#, "/key", "wrong_type"),
            (#"{"key": "\#(String(repeating: "x", count: 4097))"}"#, "/key", "too_long"),
            (#"{"key": "\#(key)", "tenant_id": "x"}"#, "/tenant_id", "unknown_field"),
            (#"{"key": "\#(key)", "resource": "x"}"#, "/resource", "unknown_field"),
            (#"{"key": "\#(key)", "key": "x"}"#, "/key", "duplicate_field"),
        ] {
            let answer = try await send(body)
            #expect(answer.faults[pointer] == code, "\(body)")
            #expect(!answer.text.contains(key))
        }
        #expect(try await send(#"{"key": "\#(String(repeating: "x", count: 65 * 1024))"}"#).code == "payload_too_large")
        #expect(try await send(#"{"key": "\#(key)""#).code == "invalid_json")
        #expect(house.logLines.allSatisfy { !$0.contains(key.suffix(20)) })
    }
}
