public import PluginKit
private import Synchronization

/// A tenant's secrets from memory, by reference; they can be changed while a test runs.
public final class StaticSecrets: TenantSecrets {
    private struct State {
        var values: [SecretReference: ResolvedSecret] = [:]
        var changes = 0
    }

    private let state = Mutex(State())

    /// - Parameter values: by reference as a settings file writes it, such as `env:PEPPER`.
    public init(_ values: [String: String] = [:]) {
        for (reference, value) in values { set(reference, to: value) }
    }

    /// Gives the secret a value; `nil` takes it away. Text that is no reference traps: the test itself is wrong.
    public func set(_ reference: String, to value: String?) {
        guard let reference = SecretReference(reference) else { preconditionFailure("not a reference to a secret") }
        state.withLock { state in
            state.changes += 1
            state.values[reference] = value.map {
                ResolvedSecret(value: SecretBytes($0.utf8), version: "\(state.changes)")
            }
        }
    }

    public func find(_ reference: SecretReference) async throws -> ResolvedSecret? {
        state.withLock { $0.values[reference] }
    }
}
