public import PluginKit
private import Synchronization

/// A tenant's secrets from memory, by reference; they can be changed while a test runs.
public final class StaticSecrets: TenantSecrets {
    private let values: Mutex<[SecretReference: (secret: SecretBytes, changes: Int)]>

    /// - Parameter values: by reference as a settings file writes it, such as `env:PEPPER`.
    public init(_ values: [String: String] = [:]) {
        self.values = Mutex([:])
        for (reference, value) in values { set(reference, to: value) }
    }

    /// Gives the secret a value; `nil` takes it away. Text that is no reference traps: the test itself is wrong.
    public func set(_ reference: String, to value: String?) {
        guard let reference = SecretReference(reference) else { preconditionFailure("not a reference to a secret") }
        values.withLock { values in
            values[reference] = value.map { (SecretBytes($0.utf8), (values[reference]?.changes ?? 0) + 1) }
        }
    }

    public func resolve(_ reference: SecretReference) async throws -> ResolvedSecret {
        guard let found = values.withLock({ $0[reference] }) else {
            throw SecretBackendError("there is no secret at \(reference)")
        }
        return ResolvedSecret(value: found.secret, version: "\(found.changes)")
    }
}
