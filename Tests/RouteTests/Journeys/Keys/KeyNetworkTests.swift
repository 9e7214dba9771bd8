import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing
import WebAPI

@Suite("Where keys are used from") struct KeyNetworkTests {
    private let house: House
    private let machine: Machine

    init() async throws {
        house = try await House.open(
            proxies: TrustedProxies([AddressBlock("127.0.0.0/8"), AddressBlock("::1")].compactMap(\.self)))
        machine = try await house.machine([.usersRead], networks: ["192.0.2.0/24", "2001:db8::/32"])
    }

    @Test("a key is good only from its networks, as far as a trusted proxy says from where it is used")
    func bearer() async throws {
        for path in [house.acme.administration("/users"), "/v1/forward-auth"] {
            for hops in ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7", "6.6.6.6, 192.0.2.7"] {
                #expect(try await get(path, through: hops).status == 200, "\(hops)")
            }
            for hops in ["192.0.3.7", "2001:db9::7", "192.0.2.7, 6.6.6.6", "unknown", "192.0.2.7, unknown", nil] {
                let answer = try await get(path, through: hops)
                #expect(answer.code == "unauthenticated", "\(hops ?? "nobody")")
            }
        }
    }

    @Test("a verification without an address is held against the asker's own")
    func verified() async throws {
        let text = try JSON.object(["key": .text(machine.key)]).written
        for (hops, isGood) in [("192.0.2.7", true), ("192.0.3.7", false)] {
            let headers: HTTPFields = [.contentType: "application/json", .forwardedFor: hops]
            let answer = try await house.sendOverSocket(.post, "/v1/api-keys/verify", headers: headers, text: text)
            #expect(answer.json["valid"] == .boolean(isGood), "\(hops)")
        }
    }

    private func get(_ path: String, through hops: String?) async throws -> Answer {
        var headers = Credentials.bearer(machine.key)
        headers[.forwardedFor] = hops
        return try await house.sendOverSocket(.get, path, headers: headers)
    }
}
