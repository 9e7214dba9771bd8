import DatabaseTesting
import PluginKit

@testable import Kernel

extension TestTenant {
    var signUps: SignUps { get async throws { try await services.signUps(of: tenant) } }

    /// Asks for somebody, and gives the request that waits for it.
    @discardableResult
    func askFor(_ login: String, from origin: RequestOrigin = .test()) async throws -> SignUpID {
        try await signUps.ask(login: login.asLogin(), displayName: nil, origin: origin).get()
        guard let last = try await signUps.list(after: nil, limit: 1000).last(where: { $0.login == login }) else {
            throw Refusal.notFound
        }
        return last.id
    }
}
