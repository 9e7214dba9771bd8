import Foundation
import Testing

@testable import PluginTesting

/// The key-value stores and transit, beyond what is recorded.
@Suite("Vault double: engines")
struct VaultEngineTests {
    @Test("a store without versions keeps what it is given, in folders")
    func plainStore() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "sys/mounts/old", ["type": "kv"])
            #expect(try await probe.send("POST", "old/a/b", ["k": ["n": 7]]).status == 204)
            let read = try await probe.send("GET", "old/a/b").json
            #expect(read["data"] == ["k": ["n": 7]])
            #expect(read["lease_duration"] == 2_764_800)
            try await probe.send("POST", "old/a", ["k": 1])
            #expect(try await probe.send("LIST", "old").json["data"]?["keys"] == ["a", "a/"])
            try await probe.send("DELETE", "old/a/b")
            #expect(try await probe.send("GET", "old/a/b").errors == [])
            #expect(try await probe.send("LIST", "old/a").status == 404)
        }
    }

    @Test("the oldest versions go when there are too many")
    func versionLimit() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/metadata/a", ["max_versions": 2])
            for number in 1...3 {
                try await probe.send("POST", "secret/data/a", ["data": ["n": .integer(number)]])
            }
            #expect(try await probe.send("GET", "secret/data/a?version=1").status == 404)
            #expect(try await probe.send("GET", "secret/data/a?version=2").json["data"]?["data"] == ["n": 2])
            #expect(try await probe.send("GET", "secret/metadata/a").json["data"]?["oldest_version"] == 2)
        }
    }

    @Test("a version with an end in sight can be read until then")
    func versionEnd() async throws {
        let clock = FixedClock()
        var configuration = VaultDouble.Configuration()
        configuration.now = clock.reading
        try await withDouble(configuration) { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "secret/config", ["delete_version_after": "1h"])
            try await probe.send("POST", "secret/data/a", ["data": [:]])
            clock.advance(by: .seconds(3599))
            #expect(try await probe.send("GET", "secret/data/a").json["data"]?["data"] == [:])
            clock.advance(by: .seconds(1))
            let ended = try await probe.send("GET", "secret/data/a")
            #expect(ended.status == 404)
            #expect(ended.json["data"]?["data"] == .null)
            // Its number still counts for whoever writes next.
            let stale = try await probe.send("POST", "secret/data/a", ["options": ["cas": 0], "data": [:]])
            #expect(stale.status == 400)
        }
    }

    @Test("a client learns the version of a store where its policies reach it, and not elsewhere")
    func discovery() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "sys/mounts/old", ["type": "kv", "options": ["version": "1"]])
            try await probe.write(policy: "p", "path \"secret/data/app/*\" { capabilities = [\"read\"] }")
            let holder = try await probe.holder(["policies": ["p"]])
            let seen = try await holder.send("GET", "sys/internal/ui/mounts/secret/app").json["data"]
            #expect(seen?["options"] == ["version": "2"])
            #expect(seen?["path"] == "secret/")
            #expect(try await holder.send("GET", "sys/internal/ui/mounts/old/app").status == 403)
            #expect(try await holder.send("GET", "sys/mounts").status == 403)
            #expect(try await probe.send("GET", "sys/mounts").json["secret/"]?["type"] == "kv")
        }
    }

    @Test("who may only update does not make a key by encrypting")
    func upsert() async throws {
        try await withTransit { probe in
            try await probe.write(policy: "u", "path \"transit/encrypt/*\" { capabilities = [\"update\"] }")
            try await probe.write(policy: "c", "path \"transit/encrypt/*\" { capabilities = [\"create\", \"update\"] }")
            let updater = try await probe.holder(["policies": ["u"]])
            #expect(try await updater.send("POST", "transit/encrypt/new", ["plaintext": "YQ=="]).status == 403)
            let maker = try await probe.holder(["policies": ["c"]])
            #expect(try await maker.send("POST", "transit/encrypt/new", ["plaintext": "YQ=="]).status == 200)
            #expect(try await updater.send("POST", "transit/encrypt/new", ["plaintext": "YQ=="]).status == 200)
        }
    }

    @Test("a text opens with its associated data, and changed in one bit not at all")
    func associatedData() async throws {
        try await withTransit { probe in
            let body: JSONValue = ["plaintext": "aGVsbG8=", "associated_data": "dA=="]
            let sealed = try await probe.send("POST", "transit/encrypt/k", body).json["data"]?["ciphertext"]?.string
            let text = try #require(sealed)
            var bytes = try GoBase64.decode(String(text.dropFirst("vault:v1:".utf8.count)))
            bytes[bytes.count - 1] ^= 1
            let changed = "vault:v1:" + GoBase64.encode(bytes)
            for (ciphertext, data, isGood) in [(text, "dA==", true), (text, "", false), (changed, "dA==", false)] {
                let body: JSONValue = ["ciphertext": .string(ciphertext), "associated_data": .string(data)]
                let answer = try await probe.send("POST", "transit/decrypt/k", body)
                #expect(answer.json["data"]?["plaintext"] == (isGood ? "aGVsbG8=" : nil))
                #expect(answer.errors == (isGood ? [] : ["cipher: message authentication failed"]))
            }
        }
    }

    @Test("a derived key needs its context, and another context is another key")
    func context() async throws {
        try await withTransit { probe in
            try await probe.send("POST", "transit/keys/d", ["derived": true])
            #expect(try await probe.send("POST", "transit/encrypt/d", ["plaintext": "YQ=="]).status == 400)
            let body: JSONValue = ["plaintext": "YQ==", "context": "b25l"]
            let sealed = try await probe.send("POST", "transit/encrypt/d", body).json["data"]?["ciphertext"] ?? .null
            let right = try await probe.send("POST", "transit/decrypt/d", ["ciphertext": sealed, "context": "b25l"])
            #expect(right.json["data"]?["plaintext"] == "YQ==")
            let wrong = try await probe.send("POST", "transit/decrypt/d", ["ciphertext": sealed, "context": "dHdv"])
            #expect(wrong.errors == ["cipher: message authentication failed"])
        }
    }

    @Test("a batch answers in order, and its status can be chosen where only some of it fails")
    func batch() async throws {
        try await withTransit { probe in
            let batch: JSONValue = [
                ["plaintext": "YQ==", "reference": "1"], ["plaintext": "?"], ["plaintext": "Yg=="],
            ]
            let body: JSONValue = ["batch_input": batch, "partial_failure_response_code": 207]
            let answer = try await probe.send("POST", "transit/encrypt/k", body)
            #expect(answer.status == 207)
            let results = answer.json["data"]?["batch_results"]?.array ?? []
            #expect(results.map { $0["error"] != nil } == [false, true, false])
            let texts: [JSONValue] = [results[0], results[2]].map { ["ciphertext": $0["ciphertext"] ?? .null] }
            let opened = try await probe.send("POST", "transit/decrypt/k", ["batch_input": .array(texts)])
            let plaintexts = opened.json["data"]?["batch_results"]?.array?.map { $0["plaintext"] }
            #expect(plaintexts == ["YQ==", "Yg=="])
        }
    }

    @Test("a data key comes with its sealed form, which opens to it")
    func dataKey() async throws {
        try await withTransit { probe in
            let made = try await probe.send("POST", "transit/datakey/plaintext/k", [:]).json["data"]
            let body: JSONValue = ["ciphertext": made?["ciphertext"] ?? .null]
            let opened = try await probe.send("POST", "transit/decrypt/k", body).json["data"]?["plaintext"]
            #expect(opened == made?["plaintext"])
            #expect(try GoBase64.decode(opened?.string ?? "").count == 32)
        }
    }

    static let lengths: [(String, Int?)] = [
        ("90", 90), ("1h30m", 5400), ("-1s", -1), ("500ms", 0), ("1.5h", 5400), ("2d", 172_800), ("", nil), ("5x", nil),
        ("h", nil),
    ]

    @Test("lengths of time are read as Go writes them", arguments: lengths)
    func durations(text: String, seconds: Int?) {
        #expect(GoText.seconds(text) == seconds)
    }

    @Test("base64 is read with its padding, and the first wrong byte is named")
    func base64() {
        let wrong = [("YQ", 0), ("YWJj!", 4), ("Y===", 1), ("YQ==YQ==", 4), ("YQ=a", 2)]
        for (text, place) in wrong {
            let refusal = #expect(throws: VaultRefusal.self) { try GoBase64.decode(text) }
            #expect(refusal?.errors == ["illegal base64 data at input byte \(place)"], "\(text)")
        }
        #expect((try? GoBase64.decode("")) == [])
    }

    private func withTransit(_ body: (VaultProbe) async throws -> Void) async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("POST", "sys/mounts/transit", ["type": "transit"])
            try await probe.send("POST", "transit/keys/k", [:])
            try await body(probe)
        }
    }
}
