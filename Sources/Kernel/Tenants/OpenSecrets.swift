import PluginKit

/// The secrets of one tenant, found through its own backends and no others.
struct OpenSecrets: TenantSecrets {
    private var backends: [String: any SecretBackend] = [:]

    mutating func add(_ backend: any SecretBackend, named name: ProviderName) {
        backends[name.rawValue] = backend
    }

    func find(_ reference: SecretReference) async throws -> ResolvedSecret? {
        guard let backend = backends[reference.backend] else {
            throw SecretBackendError("finding the secret \(reference): the tenant has no such backend")
        }
        if let problem = type(of: backend).nameProblem(reference.name) {
            throw SecretBackendError("finding the secret \(reference): its name is refused: \(problem)")
        }
        return try await backend.resolve(reference.name)
    }

    func absence(of reference: SecretReference) async -> String {
        await backends[reference.backend]?.absence(of: reference.name) ?? "the tenant has no such backend"
    }
}
