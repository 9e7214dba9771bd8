package import Foundation
import Logging
import Metrics
import PluginKit
import Synchronization

/// Counts uses of keys in memory and writes them down in batches, so that a use costs no write.
///
/// What was counted since the last batch is lost when the process is killed: ``interval`` at most. Only tenants whose
/// keys were used are written to.
package final class KeyUses: Sendable {
    /// How long a use waits to be written.
    package static let interval = Duration.seconds(4)
    /// How many callers are kept of one secret. A further one takes the place of the one that has been quiet for longest, at
    /// most one in each batch; the others are only counted as uses.
    package static let mostCallers = 100
    /// How many secrets wait at most; further uses are not counted until these are written.
    private static let mostWaiting = 100_000
    private static let shardCount = 8
    /// Of how many secrets uses are written in one transaction.
    private static let mostAtOnce = 1000

    struct Caller: Hashable, Sendable {
        let address: String
        let userAgent: String?
    }

    struct Use: Sendable {
        /// The hash key of the secret.
        let hashKey: HashKeyID
        var count = 0
        var at: Date
        var callers: [Caller: Date] = [:]
    }

    private struct Waiting: Sendable {
        let tenant: Tenant
        var uses: [KeySecretID: Use] = [:]
    }

    private let shards: [Shard]
    private let writer: KeyUseWriter
    private let lost = Counter(label: "gatehouse_api_key_uses_lost_total")

    package init(hashKeys: HashKeys, hierarchy: KeyHierarchy, now: @escaping @Sendable () -> Date) {
        writer = KeyUseWriter(hashKeys: hashKeys, hierarchy: hierarchy, now: now)
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    /// Counts one use.
    func note(_ key: VerifiedKey, of tenant: Tenant, by origin: RequestOrigin, at time: Date) {
        let shard = shards[Int(key.secret.rawValue.uuid.15) % Self.shardCount]
        let isNoted = shard.state.withLock { state in
            state.note(key, of: tenant, Caller(address: origin.address, userAgent: origin.userAgent), at: time)
        }
        if !isNoted { lost.increment() }
    }

    /// Writes down what was counted up to now. What cannot be written is logged and lost: a count must hold up nothing.
    package func flush() async {
        var batches: [TenantID: Waiting] = [:]
        for shard in shards {
            for (id, waiting) in shard.state.withLock({ $0.takeAll() }) {
                batches[id, default: Waiting(tenant: waiting.tenant)].uses.merge(waiting.uses) { old, _ in old }
            }
        }
        _ = try? await Array(batches.values).concurrentMap(atMost: 8) { [self] in await write($0) }
    }

    private func write(_ waiting: Waiting) async {
        let uses = waiting.uses.sorted { $0.key < $1.key }
        for part in stride(from: 0, to: uses.count, by: Self.mostAtOnce) {
            await write(
                uses[part..<min(part + Self.mostAtOnce, uses.count)].map { ($0.key, $0.value) }, of: waiting.tenant)
        }
    }

    private func write(_ uses: [(secret: KeySecretID, use: Use)], of tenant: Tenant) async {
        do {
            let new = try await writer.count(uses, in: tenant)
            do {
                try await writer.add(new, in: tenant)
            } catch {
                tenant.logger.warning("callers of API keys were not written down", metadata: ["error": "\(error)"])
            }
        } catch {
            lost.increment(by: uses.reduce(0) { $0 + $1.use.count })
            tenant.logger.warning("uses of API keys were not written down", metadata: ["error": "\(error)"])
        }
    }

    private final class Shard: Sendable {
        let state = Mutex(State())
    }

    private struct State {
        private var waiting: [TenantID: Waiting] = [:]
        private var count = 0

        /// `false` where too much waits already.
        mutating func note(_ key: VerifiedKey, of tenant: Tenant, _ caller: Caller, at time: Date) -> Bool {
            guard count < KeyUses.mostWaiting / KeyUses.shardCount else { return false }
            if waiting[tenant.id]?.uses[key.secret] == nil { count += 1 }
            waiting[tenant.id, default: Waiting(tenant: tenant)]
                .uses[key.secret, default: Use(hashKey: key.hashKey, at: time)]
                .note(caller, at: time)
            return true
        }

        mutating func takeAll() -> [TenantID: Waiting] {
            defer { self = State() }
            return waiting
        }
    }
}

extension KeyUses.Use {
    /// How many callers of one secret are kept between two batches.
    private static var mostCallersAtOnce: Int { 8 }

    mutating func note(_ caller: KeyUses.Caller, at time: Date) {
        count += 1
        at = max(at, time)
        if callers[caller] != nil || callers.count < Self.mostCallersAtOnce { callers[caller] = time }
    }
}

extension KeyUses.Caller {
    // Who sends no name is not who sends an empty one.
    var parts: [String] { [address] + (userAgent.map { [$0] } ?? []) }
}
