import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("What keys cost, and what they do without a database") struct KeyLookUpTests {
    private let house: House
    private let good: Machine
    private let bad: KeysThatAreNotGood

    init() async throws {
        house = try await House.open()
        good = try await house.machine([.usersRead, .keysVerify])
        bad = try await KeysThatAreNotGood(of: house)
        // What keys are hashed with is known from here on.
        _ = try await house.verify(good.key)
    }

    /// What is no key at all, and costs nothing.
    private static let formless: Set<String> = ["garbage", "too long"]

    @Test("every key that names a tenant costs one look-up, whatever is wrong with it and wherever it is sent")
    func unnamed() async throws {
        for (reason, text) in bad.all {
            let expected = Self.formless.contains(reason) ? 0 : 1
            #expect(try await cost { try await house.verify(text) } == expected, "verify: \(reason)")
            let report: JSON = ["key": .text(text)]
            if ["unknown", "tag of nobody", "mistyped", "other prefix"].contains(reason) {
                let asked = try await cost { try await house.send(.post, "/v1/api-keys/report-leak", body: report) }
                #expect(asked == 1, "report: \(reason)")
            }
            guard reason != "with a blank" else { continue }
            let forwarded = try await cost { try await house.send(.get, "/v1/forward-auth", bearer: text) }
            #expect(forwarded == expected, "forward-auth: \(reason)")
        }
    }

    @Test("a tenant that never made a key costs no more than one that is not there")
    func keyless() async throws {
        let house = try await House.open()
        let (own, nobodys) = (
            try KeysThatAreNotGood.forgery(by: house.acme), try KeysThatAreNotGood.forgery(by: house.acme, isOwn: false)
        )
        _ = try await house.verify(own)
        for text in [own, nobodys] {
            let before = house.watch.count
            #expect(try await house.verify(text).json["valid"] == false)
            #expect(house.watch.count == before + 1)
        }
    }

    @Test("a credential that is too long for a key is refused without a look-up")
    func long() async throws {
        for length in [513, 4096, 4097, 8000] {
            let text = good.key + String(repeating: "A", count: length - good.key.utf8.count)
            for path in [house.acme.administration("/users"), house.acme.people("/me"), "/v1/forward-auth"] {
                var answer: Answer?
                #expect(try await cost { answer = try await house.send(.get, path, bearer: text) } == 0, "\(path)")
                #expect(answer?.code == "unauthenticated")
            }
        }
    }

    @Test("a key of another form than the tenant's is refused without a look-up where the path names the tenant")
    func malformed() async throws {
        for reason in ["mistyped", "other prefix", "of a suspended tenant", "too long"] {
            let text = try #require(bad.all[reason])
            let path = house.acme.administration("/users")
            #expect(try await cost { try await house.send(.get, path, bearer: text) } == 0, "\(reason)")
        }
    }

    @Test("while the database is away no key is good and none is bad: 503, with Retry-After")
    func away() async throws {
        let verify: JSON = ["key": .text(good.key)]
        let unknown: JSON = ["key": .text(try #require(bad.all["unknown"]))]
        let nobodys: JSON = ["key": .text(try #require(bad.all["tag of nobody"]))]
        house.watch.goAway()
        var answers: [Answer] = []
        for body in [verify, unknown, nobodys] {
            for path in ["/v1/api-keys/verify", "/v1/api-keys/report-leak"] {
                answers.append(try await house.send(.post, path, body: body))
            }
        }
        answers += [
            try await house.verify(at: house.acme, good.key),
            try await house.verify(good.key, bearer: good.key),
            try await house.send(.get, "/v1/forward-auth", bearer: good.key),
            try await house.send(.get, house.acme.administration("/users"), bearer: good.key),
            try await house.send(.head, house.acme.administration("/users"), bearer: good.key),
        ]
        for answer in answers {
            #expect(answer.status == 503)
            #expect(answer.headers[.retryAfter] != nil)
            #expect(!answer.text.contains("valid"))
        }
        house.watch.comeBack()
        #expect(try await good.isGood)
    }

    private func cost(_ deed: () async throws -> some Any) async throws -> Int {
        let before = house.watch.count
        _ = try await deed()
        return house.watch.count - before
    }
}
