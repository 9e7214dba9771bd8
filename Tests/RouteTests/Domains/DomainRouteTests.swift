import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

/// Domains of tenants that stand in the database: claimed, proved, served, lost.
@Suite("Claiming a domain") struct DomainRouteTests {
    private let house: House
    private let domain: String
    private let record: String

    init() async throws {
        house = try await House.open()
        domain = "auth.\(unique()).example"
        record = "_gatehouse.\(domain)"
        for tenant in [house.acme, house.rival] {
            try await TestDatabase.shared.administrator.affected(
                "UPDATE gatehouse.tenants SET managed_by = 'api' WHERE id = '\(tenant.id.rawValue)'")
        }
    }

    @Test("it is served once its name servers say whose it is, and not before")
    func proving() async throws {
        let claim = try await add(to: house.acme)
        #expect(claim.status == 201)
        #expect(claim.json["state"] == "pending")
        #expect(claim.json["record"]["name"].text == record)
        #expect(claim.json["record"]["type"] == "TXT")
        #expect(try await served() == nil)
        let unproved = try await verify(house.acme)
        #expect(unproved.code == "domain_unproved")
        #expect(try await served() == nil)
        house.names.say(["v=spf1 -all", try claim.json["record"].text(of: "value"), "other"], at: record)
        let verified = try await verify(house.acme)
        #expect(verified.json["state"] == "verified")
        #expect(verified.json.names.contains("verified_at"))
        #expect(try await served() == house.acme.issuer)
        #expect(try await list(house.acme) == [domain: "verified"])
        #expect(house.names.asked == [record, record])
    }

    @Test("claiming again answers the same record; the other tenant gets one of its own")
    func repeated() async throws {
        let first = try await add(to: house.acme)
        let again = try await add(to: house.acme)
        let rival = try await add(to: house.rival)
        #expect((first.status, again.status, rival.status) == (201, 200, 201))
        #expect(first.json["record"] == again.json["record"])
        #expect(first.json["record"] != rival.json["record"])
        #expect(try await list(house.rival) == [domain: "pending"])
    }

    @Test("only one tenant has it: whoever proves it first; the other is not told whose it is")
    func firstWins() async throws {
        let (acme, rival) = (try await add(to: house.acme), try await add(to: house.rival))
        house.names.say([try value(acme), try value(rival)], at: record)
        #expect(try await verify(house.rival).status == 200)
        let late = try await verify(house.acme)
        #expect(late.code == "domain_taken")
        for name in [house.rival.slug, "\(house.rival.id)"] { #expect(!late.text.contains(name)) }
        #expect(try await served() == house.rival.issuer)
        #expect(try await house.delete("/domains/\(domain)", of: house.acme).status == 204)
        #expect(try await add(to: house.acme).code == "domain_taken")
        #expect(try await served() == house.rival.issuer)
    }

    @Test("many who prove it at once: one gets it", arguments: 0..<5)
    func race(_ round: Int) async throws {
        let (acme, rival) = (try await add(to: house.acme), try await add(to: house.rival))
        house.names.say([try value(acme), try value(rival)], at: record)
        async let first = verify(house.acme)
        async let second = verify(house.rival)
        let answers = try await [first, second]
        #expect(answers.map(\.status).sorted() == [200, 409])
        #expect(answers.first { $0.status == 409 }?.code == "domain_taken")
    }

    @Test("one tenant's record proves nothing for another")
    func foreignProof() async throws {
        let acme = try await add(to: house.acme)
        _ = try await add(to: house.rival)
        house.names.say([try value(acme)], at: record)
        #expect(try await verify(house.rival).code == "domain_unproved")
        #expect(try await served() == nil)
    }

    @Test("a proof that is gone ends it; silence of the name servers does not")
    func lapsing() async throws {
        let claim = try await add(to: house.acme)
        house.names.say([try value(claim)], at: record)
        #expect(try await verify(house.acme).status == 200)
        house.names.say([], at: record)
        let gone = try await verify(house.acme)
        #expect(gone.code == "domain_unproved")
        #expect(try await served() == nil)
        house.names.say([try value(claim)], at: record)
        #expect(try await verify(house.acme).status == 200)
        house.names.fallSilent()
        let silent = try await verify(house.acme)
        #expect(silent.code == "unavailable")
        #expect(try await served() == house.acme.issuer)
    }

    @Test("what name servers say is repeated short and harmless")
    func hostileRecords() async throws {
        _ = try await add(to: house.acme)
        house.names.say(["\u{1B}[31m\"<script>\u{202E}\0" + String(repeating: "x", count: 60_000)], at: record)
        let answer = try await verify(house.acme)
        #expect(answer.code == "domain_unproved")
        let detail = try answer.text(of: "detail")
        #expect(detail.utf8.count < 600)
        #expect(detail.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
    }

    @Test("what is removed is not served, and free for others")
    func removing() async throws {
        let claim = try await add(to: house.acme)
        house.names.say([try value(claim)], at: record)
        #expect(try await verify(house.acme).status == 200)
        #expect(try await house.delete("/domains/\(domain)", of: house.rival).status == 404)
        #expect(try await served() == house.acme.issuer)
        #expect(try await house.delete("/domains/\(domain)", of: house.acme).status == 204)
        #expect(try await house.delete("/domains/\(domain)", of: house.acme).code == "not_found")
        #expect(try await served() == nil)
        #expect(try await add(to: house.rival).status == 201)
        #expect(try await add(to: house.acme).json["record"] != claim.json["record"])
    }

    @Test("another tenant's domain is answered like one that nobody has")
    func otherTenant() async throws {
        let claim = try await add(to: house.rival)
        house.names.say([try value(claim)], at: record)
        #expect(try await verify(house.rival).status == 200)
        let theirs = try await verify(house.acme)
        let nobodys = try await house.post("/domains/nobody.example/verify", of: house.acme)
        #expect(theirs.appearance == nobodys.appearance)
        #expect(theirs.code == "not_found")
        #expect(try await list(house.acme) == [:])
    }

    @Test("domains of a tenant that a file describes are not changed here")
    func files() async throws {
        let other = try await House.open(domains: [domain])
        #expect(try await other.post("/domains", of: other.acme, ["domain": "\(domain)"]).code == "managed_by_file")
        #expect(try await other.delete("/domains/\(domain)", of: other.acme).code == "managed_by_file")
    }

    @Test(
        "only what is a domain in its one form is taken",
        arguments: ["Auth.acme.example", "a", "1.2.3.4", "*.a.example"])
    func form(_ text: String) async throws {
        let answer = try await house.post("/domains", of: house.acme, ["domain": "\(text)"])
        #expect(answer.faults == ["/domain": "invalid_format"])
    }

    @Test("a tenant has at most fifty")
    func most() async throws {
        for number in 0..<50 {
            let name: JSON = ["domain": "\("a\(number).\(domain)")"]
            #expect(try await house.post("/domains", of: house.acme, name).status == 201)
        }
        #expect(try await add(to: house.acme).code == "conflict")
        #expect(try await add(to: house.rival).status == 201)
    }

    private func add(to tenant: TestTenant) async throws -> Answer {
        try await house.post("/domains", of: tenant, ["domain": "\(domain)"])
    }

    private func verify(_ tenant: TestTenant) async throws -> Answer {
        try await house.post("/domains/\(domain)/verify", of: tenant)
    }

    private func value(_ claim: Answer) throws -> String { try claim.json["record"].text(of: "value") }

    /// The state of each domain of a tenant.
    private func list(_ tenant: TestTenant) async throws -> [String: String] {
        let path = tenant.administration("/domains")
        let data = try await house.send(.get, path, bearer: house.operatorKey).json["data"].list
        return Dictionary(uniqueKeysWithValues: data.map { ($0["domain"].text ?? "", $0["state"].text ?? "") })
    }

    /// The issuer that the domain shows; `nil` where nobody has it.
    private func served() async throws -> String? {
        // Nobody tells this house what is announced.
        house.registry.forgetAll()
        return try await house.send(.get, "/.well-known/openid-configuration", to: domain).json["issuer"].text
    }
}

extension House {
    fileprivate func post(_ path: String, of tenant: TestTenant, _ body: JSON? = nil) async throws -> Answer {
        try await send(.post, tenant.administration(path), bearer: operatorKey, body: body)
    }

    fileprivate func delete(_ path: String, of tenant: TestTenant) async throws -> Answer {
        try await send(.delete, tenant.administration(path), bearer: operatorKey)
    }
}

extension JSON {
    fileprivate func text(of name: String) throws -> String { try #require(self[name].text) }
}
