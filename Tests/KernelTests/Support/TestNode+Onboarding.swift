import DatabaseTesting
import PluginKit
import PluginTesting
import Synchronization

@testable import Kernel

extension TestNode {
    @discardableResult
    func onboard(_ wish: OnboardingWish, repeat: OnboardingRepeat? = nil) async throws -> OnboardingOutcome {
        try await onboarding.run(wish, by: .host(.test()), repeat: `repeat`)
    }
}

extension OnboardingOutcome {
    var done: OnboardedTenant {
        get throws {
            guard case .done(let tenant) = self else { throw Refusal.notFound }
            return tenant
        }
    }
}

extension OnboardedTenant {
    var newInvitation: NewInvitation? { if case .new(let new) = invitation { new } else { nil } }
    var newKey: IssuedAPIKey? { if case .new(let issued) = key { issued } else { nil } }
}

extension OnboardingRepeat {
    /// Keeps the token of the invitation.
    static func test(_ key: String, _ body: String) -> OnboardingRepeat {
        OnboardingRepeat(key: key, credential: "somebody", route: "PUT /v1/tenants/x", request: Array(body.utf8)) {
            Array($0.newInvitation?.token.withExposed { $0 }.utf8 ?? "".utf8)
        }
    }
}

extension Tenant {
    /// Takes up an invitation.
    func take(_ token: SecretText, on node: TestNode) async throws -> Outcome<SignIn.Step> {
        try await node.services.invitations(of: self).accept(
            token, password: SecretText("seven amber kettles hum"), displayName: nil, origin: .test())
    }

    func accept(_ token: SecretText, on node: TestNode) async throws -> SignIn.Step {
        try await take(token, on: node).get()
    }
}

/// Counts what is asked of the registry.
final class CountingPlatform: PlatformDatabase {
    private let database: any PlatformDatabase
    private let count = Mutex(0)

    init(_ database: any PlatformDatabase) {
        self.database = database
    }

    var statements: Int { count.withLock { $0 } }

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        count.withLock { $0 += statements.count }
        return try await database.run(statements)
    }
}
