import Foundation
import Logging
package import PluginKit

/// The `password` provider: people prove who they are with a password, and choose new ones under the tenant's policy.
///
/// The parts: ``NormalizedPassword`` is what is hashed, ``PasswordHasher`` computes and compares, ``PasswordPolicy``
/// judges new passwords, ``PepperSource`` fetches the peppers.
package struct PasswordLoginProvider: Provider, PasswordAuthenticator, PasswordKeeper {
    package static let name: ProviderName = "password"

    package static var statements: [any Statement.Type] {
        [
            FindPasswordCredential.self, ListRememberedPasswords.self, ReplacePasswordHash.self,
            RememberCurrentPassword.self, StorePassword.self, ForgetOldPasswords.self, CountPasswordsByPepper.self,
        ]
    }

    private let history: Int
    private let policy: PasswordPolicy
    private let hasher: PasswordHasher
    private let peppers: PepperSource
    private let context: ProviderContext

    /// Fails where a pepper is configured that cannot be had: no password could be checked without it.
    package init(settings: PasswordSettings, context: ProviderContext) async throws {
        try await self.init(settings: settings, context: context, counter: HashCounter(), commonPasswords: .standard)
    }

    init(
        settings: PasswordSettings, context: ProviderContext, counter: HashCounter, commonPasswords: CommonPasswords
    ) async throws {
        self.context = context
        history = settings.history
        policy = PasswordPolicy(settings, commonPasswords: commonPasswords)
        hasher = PasswordHasher(method: settings.method, counter: counter)
        peppers = PepperSource(settings.pepper, secrets: context.secrets)
        _ = try await peppers.ring()
    }

    package func authenticate(user: UserID?, password: SecretText) async throws -> Verdict<PasswordProof> {
        // An unknown person costs the same look-up and the same hash as a known one.
        let credential = try await context.database.first(FindPasswordCredential(user: user ?? .nobody))
        let record = try await opened(credential?.password, of: user)
        let ring = try await peppers.ring()
        let comparison = try await context.hashing.run { [hasher] in
            try hasher.compare(password, of: user ?? .nobody, with: record, peppers: ring)
        }
        switch (comparison, user, credential) {
        case (.malformed, _, _): return .rejected(.malformed)
        case (_, nil, _): return .rejected(.unknownAccount)
        case (_, _, nil): return .rejected(.noCredential)
        case (.different, _, _): return .rejected(.wrongCredential)
        case (.same, let user?, let credential?):
            if let record, hasher.isOutdated(record, peppers: ring) {
                await renew(credential.password, of: user, from: password, peppers: ring)
            }
            return .accepted(PasswordProof(user: user, mustChange: credential.mustChange))
        }
    }

    package func prepare(
        _ password: SecretText, for owner: PasswordOwner, mustChange: Bool
    ) async throws -> PreparedPassword {
        let judgement = try await context.hashing.run { [policy] in policy.judge(password, for: owner) }
        guard case .fit(let normalized) = judgement else { return .refused(judgement.weaknesses) }
        let ring = try await peppers.ring()
        if try await isRemembered(normalized, of: owner.user, peppers: ring) { return .refused([.reused(history)]) }
        let record = try await context.hashing.run { [hasher] in
            try hasher.hash(normalized, of: owner.user, peppers: ring)
        }
        let sealed = try await self.sealed(record, of: owner.user, changedAt: context.now())
        return .ready(store: statements(toStore: sealed, of: owner.user, mustChange: mustChange))
    }

    /// What hashes call the present pepper; `nil` where none is configured.
    package func presentPepperID() async throws -> String? {
        try await peppers.ring().current?.id
    }

    // MARK: Parts

    /// Hashes again with today's parameters. The person is signed in whether or not this succeeds; the next sign-in
    /// tries again.
    private func renew(
        _ old: SealedPassword, of user: UserID, from password: SecretText, peppers: PepperRing
    ) async {
        do {
            let renewed = try await context.hashing.run { [hasher] in
                try hasher.hash(NormalizedPassword(password), of: user, peppers: peppers)
            }
            let sealed = try await self.sealed(renewed, of: user, changedAt: old.changedAt)
            try await context.database.execute(ReplacePasswordHash(user: user, old: old, new: sealed))
        } catch {
            context.logger.warning(
                "a password hash could not be renewed", metadata: ["user": "\(user)", "reason": "\(type(of: error))"])
        }
    }

    /// Whether the person has or had this password. Each comparison is work of its own, so that other tenants'
    /// sign-ins come in between.
    private func isRemembered(_ password: NormalizedPassword, of user: UserID, peppers: PepperRing) async throws -> Bool
    {
        guard history > 0 else { return false }
        for sealed in try await context.database.rows(ListRememberedPasswords(user: user, earlier: history - 1)) {
            guard let record = try await opened(sealed, of: user) else { continue }
            let isSame = try await context.hashing.run { [hasher] in
                try hasher.isSame(password, of: user, as: record, peppers: peppers)
            }
            if isSame { return true }
        }
        return false
    }

    private func opened(_ password: SealedPassword?, of user: UserID?) async throws -> PasswordRecord? {
        guard let password, let user else { return nil }
        let cell = Cell(.passwordHash, row: user, changedAt: password.changedAt)
        let hash = try await context.keys.open(password.sealedHash, at: cell)
        return PasswordRecord(
            hash: SecretText(utf8: hash).withExposed { $0 }, pepperID: password.pepperID,
            normalization: password.normalization)
    }

    private func sealed(_ record: PasswordRecord, of user: UserID, changedAt: Date) async throws -> SealedPassword {
        let cell = Cell(.passwordHash, row: user, changedAt: changedAt)
        let sealed = try await context.keys.seal(SecretBytes(record.hash.utf8), at: cell)
        return SealedPassword(record, sealedHash: sealed, changedAt: changedAt)
    }

    private func statements(toStore password: SealedPassword, of user: UserID, mustChange: Bool) -> [BoundStatement] {
        let remember = RememberCurrentPassword(user: user, id: .make(at: context.now()))
        let store = StorePassword(user: user, password: password, mustChange: mustChange)
        let forget = ForgetOldPasswords(user: user, keep: max(0, history - 1))
        return [BoundStatement(remember), BoundStatement(store), BoundStatement(forget)]
    }
}

extension UserID {
    /// Stands for a person who does not exist; never made, as it is no UUID of version 7.
    static var nobody: UserID { UserID(rawValue: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))) }
}
