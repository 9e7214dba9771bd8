import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing
import WebAPI

@Suite("A credential in a URL") struct CredentialInURLTests {
    @Test(
        "is refused by every route, and stands in no line of the log",
        arguments: ["access_token", "api_key", "TOKEN", "password"])
    func refused(name: String) async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for route in house.routes {
            let path = route.path(tenant: house.acme.slug)
            let answer = try await house.send(
                route.method, "\(path)?\(name)=\(owner.accessToken)", bearer: owner.accessToken)
            #expect(answer.code == "token_in_url", "\(route.title)")
            #expect(!answer.text.contains(owner.accessToken))
        }
        #expect(house.logLines.count >= house.routes.count)
        #expect(house.logLines.allSatisfy { !$0.contains(owner.accessToken) })
    }

    @Test("an API key is refused under any name, as a name and in escapes, also where no query is taken")
    func keys() async throws {
        let house = try await House.open()
        let (owner, machine) = (try await house.owner(), try await house.machine())
        let escaped = machine.key.utf8.map { "%" + String($0, radix: 16) }.joined()
        let queries = [
            "note=\(machine.key)", "limit=1&cursor=\(machine.key)", "scope=\(escaped)", machine.key,
            "x=1&\(machine.key)=1", "note=Bearer%20\(machine.key)",
        ]
        for route in house.routes {
            for query in queries {
                let path = route.path(tenant: house.acme.slug)
                let answer = try await house.send(route.method, "\(path)?\(query)", bearer: owner.accessToken)
                #expect(answer.code == "token_in_url", "\(route.title)")
                #expect(!Self.shows(machine, answer.text), "\(route.title)")
            }
        }
        #expect(house.logLines.count >= house.routes.count)
        #expect(house.logLines.allSatisfy { !Self.shows(machine, $0) })
    }

    @Test("an API key as a word of the path is refused, and is kept in no log and no audit trail")
    func path() async throws {
        let house = try await House.open()
        let (owner, machine) = (try await house.owner(), try await house.machine())
        // A proof that is missing is recorded with the path that was asked for.
        house.wait(.seconds(601))
        let filled = house.routes.filter { !$0.parameters.isEmpty }.map {
            ($0.method, $0.path(tenant: house.acme.slug, filling: machine.key))
        }
        let others: [(HTTPRequest.Method, String)] = [
            (.get, "/\(machine.key)"), (.get, "/v1/api-keys/\(machine.key)"), (.get, "/t/\(machine.key)/me"),
            (.post, "/v1/tenants/\(machine.key)/users"),
        ]
        for (method, path) in filled + others {
            for bearer in [owner.accessToken, machine.key, nil] {
                let answer = try await house.send(method, path, bearer: bearer)
                #expect(answer.code == "token_in_url", "\(method) \(path)")
                #expect(!Self.shows(machine, answer.text))
            }
        }
        #expect(house.logLines.count > filled.count)
        #expect(house.logLines.allSatisfy { !Self.shows(machine, $0) })
        #expect(try await house.rows(of: house.acme).allSatisfy { !Self.shows(machine, $0) })
    }

    @Test("a token of every kind is refused as a word of the path and in a query, and stands in no line of the log")
    func tokens() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for kind in OpaqueToken.Kind.allCases {
            let whole = try OpaqueToken.make(kind).text.withExposed { $0 }
            for token in [whole, String(whole.dropLast()), "Bearer%20\(whole)", "\(whole).x"] {
                let path = token.contains("%") ? nil : token
                let targets = ["/audit-events?actor=\(token)", "/audit-events?\(token)"].map(house.acme.administration)
                let paths = path.map { ["/t/\($0)/me", "/v1/tenants/\($0)/users", house.acme.people("/\($0)")] }
                for target in targets + (paths ?? []) {
                    let answer = try await house.send(.get, target, bearer: owner.accessToken)
                    #expect((answer.status, answer.code) == (400, "token_in_url"), "\(kind) \(target)")
                    #expect(!answer.text.contains(token.suffix(20)))
                }
            }
            #expect(house.logLines.allSatisfy { !$0.contains("\(kind.rawValue)_") })
        }
    }

    @Test("the log names a tenant by a slug or an id, and keeps nothing else that stands in its place")
    func tenantInLog() async throws {
        let house = try await House.open()
        let named = [house.acme.slug, "\(house.acme.id)", "nobody-of-that-name"]
        let others = ["nobody_of_that_name", "Kq9PzR4tVb2", "0123456789abcdef0123456789abcdef"]
        for name in named + others { _ = try await house.send(.get, "/t/\(name)/jwks.json") }
        for name in named { #expect(house.logLines.contains { $0.contains(name) }, "\(name)") }
        for name in others { #expect(house.logLines.allSatisfy { !$0.contains(name) }, "\(name)") }
    }

    @Test("what only looks a little like a key is taken as it is")
    func lookalikes() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for actor in [
            "a_b_c_d", "user_live_0000000000000000000_short", "\(unique())_\(unique())", "ghr_short",
            "a_ghr_\(String(repeating: "a", count: 43))",
        ] {
            #expect(try await owner.admin(.get, "/audit-events?actor=\(actor)").status == 200, "\(actor)")
        }
    }

    /// Whether `text` shows the secret part of a key.
    private static func shows(_ machine: Machine, _ text: String) -> Bool {
        machine.key.split(separator: "_").last.map(text.contains) ?? true
    }
}
