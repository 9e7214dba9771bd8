import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

/// A stranger's network that presents one text after another which is no key.
@Suite("Strangers with keys that are none") struct KeyMissTests {
    /// How many misses a minute a network has here.
    private static let most = 5

    private let house: House
    private let good: Machine

    init() async throws {
        house = try await House.open(keyMisses: Self.most)
        good = try await house.machine([.productUse, .usersRead, .keysVerify])
    }

    @Test("are told to wait, wherever they try, and cost no look-up until then")
    func limited() async throws {
        for number in 0..<Self.most {
            let text = try KeysThatAreNotGood.forgery(by: house.acme, isOwn: number % 2 == 0)
            #expect(try await house.verify(text).json["valid"] == false)
        }
        let text = try KeysThatAreNotGood.forgery(by: house.acme)
        let nobodys = try KeysThatAreNotGood.forgery(by: house.acme, isOwn: false)
        let before = house.watch.count
        for text in [text, nobodys, good.key] {
            let answers = [
                try await house.verify(text),
                try await house.send(.post, "/v1/api-keys/report-leak", body: ["key": .text(text)]),
                try await house.send(.get, "/v1/forward-auth", bearer: text),
            ]
            for answer in answers {
                #expect(answer.code == "rate_limited")
                #expect(answer.headers[.retryAfter] == "12")
            }
        }
        #expect(try await house.verify(at: house.acme, text).code == "rate_limited")
        #expect(try await house.send(.get, house.acme.administration("/users"), bearer: text).code == "rate_limited")
        #expect(house.watch.count == before)
        house.wait(.seconds(12))
        #expect(try await house.verify(good.key).json["valid"] == true)
    }

    @Test("are not those who present what is good, or who say who they are")
    func counted() async throws {
        for _ in 0..<(3 * Self.most) { #expect(try await house.verify(good.key).json["valid"] == true) }
        for _ in 0..<(3 * Self.most) {
            let text = try KeysThatAreNotGood.forgery(by: house.acme)
            #expect(try await house.verify(text, bearer: good.key).json["code"] == "unknown")
        }
        #expect(try await house.verify("garbage").json["valid"] == false)
    }

    @Test("are those, too, who go on with a key that is dead")
    func dead() async throws {
        let owner = try await house.owner()
        _ = try await owner.admin(.post, "/api-keys/\(good.id)/revoke")
        for _ in 0..<Self.most { #expect(try await house.verify(good.key).json["valid"] == false) }
        #expect(try await house.verify(good.key).code == "rate_limited")
    }
}
