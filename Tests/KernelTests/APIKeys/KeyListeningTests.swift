import DatabaseTesting
import PluginKit
import PluginTesting
import PostgresStore
import Synchronization
import Testing

@testable import Kernel

/// Two nodes on one database: keys are changed at one, and used at another that remembers them and hears.
@Suite("A key that another node remembers")
struct KeyListeningTests {
    @Test("is refused there within a moment, whatever was changed", arguments: RemoteChange.all)
    func delay(_ change: RemoteChange) async throws {
        let tenant = try await TestTenant.make()
        try await HearingNode.open(for: tenant) { node in
            for _ in 0..<3 {
                let keeper = try await tenant.keeper()
                let issued = try await tenant.apiKey(scopes: [.usersRead, .auditRead], by: keeper)
                let text = try await change.prepare(tenant, issued)
                try await node.remember(text)
                try await change.apply(tenant, issued.key.id, keeper.person)
                let start = ContinuousClock.now
                try await until { try await node.tenant.refusal(of: text, for: [.auditRead]) == change.refusal }
                #expect(ContinuousClock.now - start < .seconds(2))
            }
        }
    }

    @Test("is looked up each time while that node hears nothing, and dead where it was ended meanwhile")
    func deafness() async throws {
        let (tenant, database) = (try await TestTenant.make(), try await TestDatabase.shared)
        let nowhere = SecretText("postgresql://gatehouse_app@/gatehouse?host=/nowhere")
        let (ended, kept) = (try await tenant.apiKey(), try await tenant.apiKey())
        try await HearingNode.open(for: tenant) { node in
            for issued in [ended, kept] { try await node.remember(issued.text) }
            node.listener.useConnection(nowhere, previous: nil)
            try await until {
                try await node.cutOff()
                return !node.listener.isHearing
            }
            try await until { node.cache.count == 0 }
            let counter = CountingDatabase(node.tenant.database)
            let counted = node.tenant.opened(as: node.tenant.tenant.on(counter))
            let trips = try await counter.roundTrips {
                for _ in 0..<3 {
                    let refusal = try await counted.refusal(of: kept.text)
                    #expect(refusal == nil)
                }
            }
            #expect(trips.count == 3)
            _ = try await tenant.apiKeys.revoke(ended.key.id, because: nil, by: .hostOperator(.test())).get()
            #expect(try await node.tenant.refusal(of: ended.text) == .revoked)
            #expect(node.cache.count == 0)

            node.listener.useConnection(database.connection, previous: nil)
            try await node.untilHearing()
            #expect(try await node.tenant.refusal(of: ended.text) == .revoked)
            try await node.remember(kept.text)
        }
    }

    @Test("is believed again only once that node hears again, however often it is cut off")
    func cutOff() async throws {
        let tenant = try await TestTenant.make()
        try await HearingNode.open(for: tenant) { node in
            for _ in 0..<5 {
                let issued = try await tenant.apiKey()
                try await node.remember(issued.text)
                try await node.cutOff()
                // It may be heard, or not heard.
                _ = try await tenant.apiKeys.revoke(issued.key.id, because: nil, by: .hostOperator(.test())).get()
                try await until { try await node.tenant.refusal(of: issued.text) == .revoked }
                try await node.untilHearing()
                for _ in 0..<20 { #expect(try await node.tenant.refusal(of: issued.text) == .revoked) }
            }
        }
    }

    @Test("is good for nobody there once that node has heard of its end, however many are using it")
    func stress() async throws {
        let tenant = try await TestTenant.make()
        let heard = Heard()
        try await HearingNode.open(for: tenant, heard: { heard.note($0) }) { node in
            for _ in 0..<10 {
                let issued = try await tenant.apiKey()
                try await node.remember(issued.text)
                let id = issued.key.id
                let late = try await withUsers(of: issued.text, at: node.tenant, until: { heard.isEnded(id) }) {
                    _ = try await tenant.apiKeys.revoke(id, because: nil, by: .hostOperator(.test())).get()
                }
                #expect(late == 0)
            }
        }
    }

    @Test("is good for nobody on the node that ended it, once that has answered")
    func sameNode() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        for round in 0..<20 {
            let issued = try await tenant.apiKey()
            let ended = Counted()
            let late = try await withUsers(of: issued.text, at: tenant, until: { ended.value > 0 }) {
                let caller = Caller.hostOperator(.test())
                if round % 2 == 0 {
                    _ = try await tenant.apiKeys.revoke(issued.key.id, because: nil, by: caller).get()
                } else {
                    _ = try await tenant.apiKeys.rotate(issued.key.id, overlapSeconds: 0, by: caller).get()
                }
                ended.next()
            }
            #expect(late == 0)
        }
    }

    /// Lets eight use a key all the time while `body` runs, and then until something has happened.
    ///
    /// - Returns: how often the key was good in a use that began after that.
    private func withUsers(
        of text: SecretText, at tenant: TestTenant, until isOver: @escaping @Sendable () -> Bool,
        _ body: @Sendable @escaping () async throws -> Void
    ) async throws -> Int {
        let uses = Counted()
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var (late, rest) = (0, 30)
                    while rest > 0 {
                        try Task.checkCancellation()
                        let isLate = isOver()
                        let isGood = try await tenant.refusal(of: text) == nil
                        uses.next()
                        // A use of a key that is remembered waits for nothing, so nobody else would get his turn.
                        try await Task.sleep(for: .milliseconds(1))
                        if isLate { rest -= 1 }
                        if isLate, isGood { late += 1 }
                    }
                    return late
                }
            }
            try await until { uses.value > 50 }
            try await body()
            return try await group.reduce(0, +)
        }
    }
}

/// The keys about which something was heard.
private final class Heard: Sendable {
    private let keys = Mutex<Set<KeyID>>([])

    func note(_ payload: String) {
        guard case .key(let key, _) = KeyAnnouncement(payload) else { return }
        _ = keys.withLock { $0.insert(key) }
    }

    func isEnded(_ key: KeyID) -> Bool { keys.withLock { $0.contains(key) } }
}

/// Something that another node does, and what it makes of a key.
struct RemoteChange: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let refusal: KeyRefusal
    let isRotated: Bool
    private let body: @Sendable (TestTenant, KeyID, UserID, Caller) async throws -> Void

    private init(
        _ name: String, _ refusal: KeyRefusal, isRotated: Bool = false,
        _ body: @escaping @Sendable (TestTenant, KeyID, UserID, Caller) async throws -> Void
    ) {
        testDescription = name
        self.refusal = refusal
        self.isRotated = isRotated
        self.body = body
    }

    /// The text that is remembered.
    func prepare(_ tenant: TestTenant, _ issued: IssuedAPIKey) async throws -> SecretText {
        if isRotated { _ = try await tenant.rotate(issued.key.id) }
        return issued.text
    }

    func apply(_ tenant: TestTenant, _ key: KeyID, _ owner: UserID) async throws {
        try await body(tenant, key, owner, .hostOperator(.test()))
    }

    static let all = [
        RemoteChange("revoked", .revoked) { tenant, key, _, caller in
            _ = try await tenant.apiKeys.revoke(key, because: nil, by: caller).get()
        },
        RemoteChange("rotation finished", .replaced, isRotated: true) { tenant, key, _, caller in
            _ = try await tenant.apiKeys.finishRotation(of: key, by: caller).get()
        },
        RemoteChange("changed", .insufficientScope) { tenant, key, _, caller in
            _ = try await tenant.apiKeys.update(key, to: APIKeyChanges(scopes: [.usersRead]), by: caller).get()
        },
        RemoteChange("owner suspended", .ownerInactive) { tenant, _, owner, caller in
            _ = try await tenant.people.suspend(owner, by: caller).get()
        },
        RemoteChange("owner's role taken away", .insufficientScope) { tenant, _, owner, caller in
            _ = try await tenant.people.setRoles(["manager"], of: owner, by: caller).get()
        },
    ]
}
