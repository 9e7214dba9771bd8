import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("Reporting a leaked key") struct LeakReportTests {
    private let house: House

    init() async throws {
        house = try await House.open()
    }

    @Test("whatever is reported, the answer is the same 202 without a body")
    func alike() async throws {
        let good = try await house.machine()
        let texts = Array(try await KeysThatAreNotGood(of: house).all.values) + [good.key]
        let answers = try await texts.asyncMap { try await report($0) }
        #expect(answers.allSatisfy { $0.status == 202 && $0.bytes.isEmpty })
        #expect(Set(answers.map(\.appearance)).count == 1)
    }

    @Test("a good key is dead afterwards, with both its secrets, and its tenant is told")
    func revoked() async throws {
        let (owner, machine) = (try await house.owner(), try await house.machine())
        let successor = try await owner.admin(.post, "/api-keys/\(machine.id)/rotate").text(of: "key")
        _ = try await report(machine.key)
        #expect(try await !machine.isGood)
        #expect(try await house.verify(successor).json["valid"] == false)
        let read = try await owner.admin(.get, "/api-keys/\(machine.id)")
        #expect(read.json["state"] == "revoked" && read.json["revoked_because"] == "leaked")
        let event = try #require(
            try await owner.admin(.get, "/audit-events?type=api_key.leaked").json["data"].list.first)
        #expect(event["subject"].text == machine.id && event["actor"] == "anonymous")
        _ = try await report(machine.key)
        #expect(try await house.acme.events(.apiKeyLeaked).count == 1)
        #expect(house.logLines.contains { $0.contains("leaked") && $0.contains(machine.id) })
        #expect(house.logLines.allSatisfy { !$0.contains(machine.key.suffix(20)) })
    }

    @Test("a key of any tenant may be reported, and touches no other")
    func rivals() async throws {
        let (mine, rivals) = (try await house.machine(), try await house.machine(at: house.rival))
        _ = try await report(rivals.key)
        #expect(try await house.verify(rivals.key).json["valid"] == false)
        #expect(try await mine.isGood)
        #expect(try await house.acme.events(.apiKeyLeaked).isEmpty)
        #expect(try await house.rival.events(.apiKeyLeaked).count == 1)
    }

    @Test("a key of a suspended tenant is revoked as well: it would be good again one day")
    func suspended() async throws {
        let house = try await House.open(isSuspended: true)
        let machine = try await house.machine()
        _ = try await house.send(.post, "/v1/api-keys/report-leak", body: ["key": .text(machine.key)])
        #expect(try await house.acme.events(.apiKeyLeaked).first?.subject == machine.id)
    }

    @Test("what is no report is refused, without repeating it")
    func bodies() async throws {
        for body in ["{}", #"{"key": 7}"#, #"{"key": "x", "tenant": "y"}"#] {
            #expect(try await house.send(.post, "/v1/api-keys/report-leak", text: body).code == "invalid_body")
        }
    }

    private func report(_ key: String) async throws -> Answer {
        try await house.send(.post, "/v1/api-keys/report-leak", body: ["key": .text(key)])
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
