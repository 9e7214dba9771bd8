import PluginKit
import Synchronization

/// A backend in memory that keeps all rules but those that its flaw breaks.
final class MemoryBackend<F: Flaw>: SecretBackend, CustomStringConvertible {
    private struct State {
        var last: [String: [UInt8]] = [:]
        var isBroken = false
        var running = 0
        var looks = 0
    }

    private let shelf: Shelf
    private let state = Mutex(State())
    private let order = TaskQueue()

    init(shelf: Shelf, holding secrets: [String: [UInt8]]) {
        self.shelf = shelf
        for (name, value) in secrets { shelf.put(value, at: name) }
    }

    var description: String {
        F.showsAll ? "\(state.withLock { $0.last.values.map { String(decoding: $0, as: UTF8.self) } })" : "memory"
    }

    func resolve(_ name: String) async throws -> ResolvedSecret? {
        guard Self.nameProblem(name) == nil else { return nil }
        try checkIsSound()
        try await wait(for: name)
        let value = remembered(name, F.alter(shelf.value(at: name)))
        if let value, value.count > F.limit { throw SecretBackendError("too large\(F.quote(value))") }
        return value.map { ResolvedSecret(value: SecretBytes($0), version: version(of: $0)) }
    }

    static func nameProblem(_ name: String) -> String? {
        let isPlain =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D }
        return F.takesAnyName || isPlain ? nil : "must be plain"
    }

    private func wait(for name: String) async throws {
        let running = state.withLock { state in
            state.running += 1
            return state.running
        }
        defer { state.withLock { $0.running -= 1 } }
        if F.servesOne {
            await Task.yield()
            if running > 1 { throw SecretBackendError("busy") }
        }
        if F.isImpatient, running > 5 { throw SecretBackendError("too many wait") }
        switch F.waiting {
        case .inPeace: try await pass(name)
        case .inOrder: try await order.run { [self] in try await pass(name) }
        case .forGood: try await Task { [self] in try await pass(name) }.value
        }
    }

    private func pass(_ name: String) async throws {
        do {
            try await shelf.pass(name)
        } catch {
            if F.isPoisoned { state.withLock { $0.isBroken = true } }
            throw error
        }
    }

    private func checkIsSound() throws {
        if state.withLock({ $0.isBroken }) { throw SecretBackendError("broken") }
    }

    private func remembered(_ name: String, _ fresh: [UInt8]?) -> [UInt8]? {
        state.withLock { state in
            let known = state.last[name]
            if F.breaks, fresh == nil, known != nil { state.isBroken = true }
            let value = F.keepsFirst ? known ?? fresh : F.forgets ? fresh : fresh ?? known
            state.last[name] = value
            return value
        }
    }

    private func version(of value: [UInt8]) -> String {
        let look = state.withLock { state in
            state.looks += 1
            return state.looks
        }
        return F.version(value, look)
    }
}

/// Runs one piece of work after the other.
private actor TaskQueue {
    private var last: Task<Void, any Error>?

    func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { [last] in
            _ = await last?.result
            try await work()
        }
        last = task
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
