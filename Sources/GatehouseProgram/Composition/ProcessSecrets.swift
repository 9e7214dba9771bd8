import EnvironmentSecrets
import FileSecrets
import Foundation
import Kernel
import Logging
import PluginKit
import VaultSecrets

/// The process's own keeper of secrets: its keys and, where it is told so, the addresses of its database.
///
/// Belongs to the process, not to any tenant. ``close()`` must be called once.
struct ProcessSecrets: Sendable {
    let location: ProcessSecretsLocation
    /// What wraps data keys where the key-encryption key never leaves a vault.
    let transit: (any KeyWrapper)?
    private let backend: any SecretBackend
    private let prefix: String
    private let lookingAgain: @Sendable () async -> Void
    private let closing: @Sendable () async -> Void

    /// Opens the keeper at `location`. Nothing is read yet.
    static func open(
        _ location: ProcessSecretsLocation, environment: [String: String], logger: Logger
    ) async throws -> ProcessSecrets {
        switch location {
        case .folder(let folder):
            let files = try FileSecrets(directory: folder, logger: logger, now: SystemClock.now)
            return ProcessSecrets(location: location, transit: nil, backend: files)
        case .environment:
            let variables = EnvironmentSecrets(prefix: "GATEHOUSE_", environment: environment)
            return ProcessSecrets(location: location, transit: nil, backend: variables)
        case .vault(let path):
            return try ProcessSecrets(vault: try ProcessVault(path: path, environment: environment, logger: logger))
        }
    }

    private init(vault: ProcessVault) throws {
        self.init(
            location: vault.location, transit: vault.transit, backend: vault.secrets, prefix: vault.prefix,
            lookingAgain: { await vault.secrets.lookAgain() }, closing: { await vault.close() })
    }

    private init(
        location: ProcessSecretsLocation, transit: (any KeyWrapper)?, backend: any SecretBackend, prefix: String = "",
        lookingAgain: @escaping @Sendable () async -> Void = {}, closing: @escaping @Sendable () async -> Void = {}
    ) {
        self.location = location
        self.transit = transit
        self.backend = backend
        self.prefix = prefix
        self.lookingAgain = lookingAgain
        self.closing = closing
    }

    /// The secret of this name, such as `context-key`, as it is now.
    func secret(_ name: String) async throws -> ResolvedSecret? {
        try await backend.resolve(prefix + location.name(of: name))
    }

    /// What is missing where ``secret(_:)`` just found none, and what mends it.
    func absence(of name: String) async -> String {
        await backend.absence(of: prefix + location.name(of: name))
    }

    /// Forgets how recently it looked: what is asked for next is what its keeper has now.
    func lookAgain() async { await lookingAgain() }

    /// Gives back what is held open.
    func close() async { await closing() }
}

extension ProcessSecretsLocation {
    /// What the keeper calls a secret: `context-key` in a folder or a vault, `CONTEXT_KEY` in the environment.
    func name(of key: String) -> String {
        switch self {
        case .folder, .vault: key
        case .environment: key.uppercased().replacing("-", with: "_")
        }
    }

    /// The environment variable that holds a secret.
    func variable(of key: String) -> String { "GATEHOUSE_" + ProcessSecretsLocation.environment.name(of: key) }
}
