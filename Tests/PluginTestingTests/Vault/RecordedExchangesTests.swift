import Foundation
import Testing

@testable import PluginTesting

/// Holds the double against a real server: every recorded exchange is sent again, in order.
@Suite("Vault double: recorded exchanges")
struct RecordedExchangesTests {
    /// Exchanges of the recording that are not sent again, each with the reason.
    private static let passedOver = [
        "ha-status": "it lists the members of a cluster, and a double is one server",
        "create ed25519": signing, "read ed25519 (public key)": signing, "sign ed25519": signing,
        "verify ed25519": signing, "create ecdsa-p256": signing, "read ecdsa-p256 (public key)": signing,
        "sign ecdsa-p256": signing, "verify ecdsa-p256": signing, "create rsa-2048": signing,
        "read rsa-2048 (public key)": signing, "sign rsa-2048": signing, "verify rsa-2048": signing,
        "verify, other input": signing,
    ]
    private static let signing = "the double has no keys that sign"

    /// Sections of the session that was recorded which the recording here leaves out, each with the reason.
    private static let leftOut = [
        8: "the database engine, and the leases of the users that it makes: nothing of it is in the double",
        9: "the TOTP engine, userpass and the OIDC provider: nothing of it is in the double",
        15: "failover takes several servers; a double is put into each state instead",
    ]

    private let exchanges: [RecordedExchange]

    init() throws {
        let url = try #require(
            Bundle.module.url(forResource: "vault-1.14.3", withExtension: "md", subdirectory: "Recordings"))
        exchanges = RecordedExchange.all(in: try String(contentsOf: url, encoding: .utf8))
    }

    @Test("the recording is read in whole")
    func completeness() {
        #expect(exchanges.count == 164)
        #expect(Set(exchanges.map(\.section)) == Set(1...14).subtracting(Self.leftOut.keys))
        #expect(Set(Self.passedOver.keys).subtracting(exchanges.map(\.title)) == [])
    }

    @Test("a single server answers as recorded")
    func singleServer() async throws {
        let clock = FixedClock(Date(timeIntervalSince1970: 1_795_457_830.75))
        var configuration = VaultDouble.Configuration()
        configuration.now = clock.reading
        configuration.unsealKey = "cQVr6hhUgUkVBwaq0y0Wjwv5kdriV6ZX4XBTRzLriNw="
        try await withDouble(configuration) { double in
            var replay = RecordedReplay(double)
            for exchange in exchanges where exchange.section <= 11 && Self.passedOver[exchange.title] == nil {
                clock.follow(exchange)
                try await prepare(exchange, on: double, clock: clock, for: &replay)
                let differences = try await replay.replay(exchange)
                #expect(differences == [], "\(exchange.section) \(exchange.title)")
            }
        }
    }

    @Test("a member of a cluster answers as recorded, from before its keys are made until it stands by")
    func clusterMember() async throws {
        var configuration = VaultDouble.Configuration()
        configuration.isClusterMember = true
        configuration.rootToken = "hvs.the-root-of-a-cluster"
        try await withDouble(configuration) { double in
            double.enter(.uninitialised)
            var replay = RecordedReplay(double)
            replay.learn("http://127.0.0.1:8210", as: double.address)
            for exchange in exchanges where exchange.section >= 12 && Self.passedOver[exchange.title] == nil {
                if exchange.title == "health of a standby" { double.enter(.forwardingStandby) }
                let differences = try await replay.replay(exchange)
                #expect(differences == [], "\(exchange.section) \(exchange.title)")
            }
        }
    }

    /// Does what was done between two exchanges and not recorded, as the answers show.
    private func prepare(
        _ exchange: RecordedExchange, on double: VaultDouble, clock: FixedClock, for replay: inout RecordedReplay
    ) async throws {
        let probe = VaultProbe(double)
        switch exchange.title {
        case "third use of a 2-use secret-id":
            #expect(try await replay.send(exchange).status == 200)
        case "read engine config":
            try await probe.send("POST", "tenants/config", ["cas_required": false])
        case "renew a non-renewable token":
            try await makeToken(["renewable": false], for: exchange, with: probe, in: &replay)
        case "1-use token, first use":
            try await makeToken(["num_uses": 1], for: exchange, with: probe, in: &replay)
        case "expired token":
            try await makeToken(["ttl": "1s"], for: exchange, with: probe, in: &replay)
            clock.advance(by: .seconds(1))
        default: break
        }
    }

    private func makeToken(
        _ wishes: [String: JSONValue], for exchange: RecordedExchange, with probe: VaultProbe,
        in replay: inout RecordedReplay
    ) async throws {
        let usual: [String: JSONValue] = ["policies": ["app1"], "ttl": "5m"]
        let made = try await probe.send("POST", "auth/token/create", .object(usual.merging(wishes) { $1 }))
        let recorded = try #require(exchange.headers.first { $0.name == "X-Vault-Token" }?.value)
        replay.learn(recorded, as: try #require(made.json["auth"]?["client_token"]?.string))
    }
}

extension FixedClock {
    /// Goes on to the second in which the exchange was recorded, and in any case by a little.
    fileprivate func follow(_ exchange: RecordedExchange) {
        advance(by: .milliseconds(3))
        guard let recorded = exchange.answerHeaders.first(where: { $0.name == "Date" })?.value else { return }
        // Within the hour of the recording, minutes and seconds tell the time.
        let digits = recorded.split { " :".contains($0) }.compactMap { Int($0) }
        let time = Date(timeIntervalSince1970: 1_795_456_800 + TimeInterval(digits[3] * 60 + digits[4]))
        if time > now { set(to: time) }
    }
}

/// Runs `body` with a double of its own, which is stopped whatever happens.
func withDouble(
    _ configuration: VaultDouble.Configuration = .init(), _ body: (VaultDouble) async throws -> Void
) async throws {
    let double = try await VaultDouble.start(configuration)
    do {
        try await body(double)
    } catch {
        await double.stop()
        throw error
    }
    await double.stop()
}
