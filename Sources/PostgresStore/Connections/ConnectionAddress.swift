internal import PluginKit
internal import Synchronization

/// Where the connections of one store lead. May be changed at any time, from any thread.
final class ConnectionAddress: Sendable {
    /// What an attempt to connect goes by.
    struct Choice {
        let current: ConnectionTarget
        /// Tried where the server refuses the credentials of ``current``.
        let previous: ConnectionTarget?
        /// Grows whenever ``current`` becomes another.
        let generation: Int
    }

    private struct State {
        var current: ConnectionTarget
        var previous: ConnectionTarget?
        /// With which the server let us in last.
        var accepted: ConnectionTarget?
        var generation = 1
        /// The generation of which was told that it is refused.
        var refused: Int?
    }

    private let applicationName: String
    private let state: Mutex<State>

    init(_ settings: PostgresSettings) {
        let name = settings.applicationName
        applicationName = name
        state = Mutex(
            State(
                current: ConnectionTarget(settings.connection, applicationName: name),
                previous: settings.previousConnection.map { ConnectionTarget($0, applicationName: name) }))
    }

    var choice: Choice {
        state.withLock { Choice(current: $0.current, previous: $0.previous, generation: $0.generation) }
    }

    /// Takes another connection string; `false` where it is the one in use. Without a `previous`, the one with which
    /// the server let us in last stands in for it.
    func change(to current: SecretText, previous: SecretText?) -> Bool {
        let current = ConnectionTarget(current, applicationName: applicationName)
        let previous = previous.map { ConnectionTarget($0, applicationName: applicationName) }
        return state.withLock { state in
            state.previous = previous ?? state.accepted
            guard !state.current.isSame(as: current) else { return false }
            state.current = current
            state.generation += 1
            return true
        }
    }

    /// The server let us in with the current one of `choice`. Whether it had refused it before.
    func noteAcceptance(of choice: Choice) -> Bool {
        state.withLock { state in
            state.accepted = choice.current
            guard state.refused == choice.generation else { return false }
            state.refused = nil
            return true
        }
    }

    /// The current one of `choice` does not work; `other` did, if one did. Whether that is news.
    func noteRefusal(of choice: Choice, accepting other: ConnectionTarget?) -> Bool {
        state.withLock { state in
            state.accepted = other ?? state.accepted
            guard choice.generation == state.generation, state.refused != choice.generation else { return false }
            state.refused = choice.generation
            return true
        }
    }
}
