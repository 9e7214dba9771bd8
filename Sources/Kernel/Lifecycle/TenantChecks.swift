package import Foundation
package import PluginKit

/// Tries a tenant as those outside do who are to rely on it, and says what is left to do.
package struct TenantChecks: Sendable {
    private let records: TenantRecords
    private let probe: any TenantProbe
    private let now: @Sendable () -> Date

    package init(records: TenantRecords, probe: any TenantProbe, now: @escaping @Sendable () -> Date) {
        self.records = records
        self.probe = probe
        self.now = now
    }

    /// Every check, in the order in which what they are about comes to pass.
    package func run(_ tenant: Tenant) async -> [TenantCheck] {
        async let issuer = issuer(of: tenant)
        async let refusal = refusal(at: tenant)
        async let secrets = secrets(of: tenant)
        async let isolation = isolation(of: tenant)
        async let owner = owner(of: tenant)
        return await [isolation, secrets, issuer, refusal, owner]
    }

    /// The same, and what comes with time: keys that should have been rotated.
    package func examine(_ tenant: Tenant) async -> [TenantCheck] {
        async let apiKeys = apiKeys(of: tenant)
        return await run(tenant) + [apiKeys]
    }

    private func apiKeys(of tenant: Tenant) async -> TenantCheck {
        do {
            let overdue = try await APIKeys.overdue(in: tenant.database, at: now(), limit: Self.mostKeysNamed)
            guard let count = overdue.first?.countInAll else {
                return TenantCheck(.apiKeys, .passed, "none is overdue")
            }
            let names = overdue.map(\.name).joined(separator: ", ") + (count > overdue.count ? " and others" : "")
            return TenantCheck(
                .apiKeys, .todo, "\(count) should have been rotated by now: \(names)",
                fix: "rotate them: POST /v1/tenants/\(tenant.slug)/api-key-rotations, or `gatehouse keys rotate`")
        } catch {
            return TenantCheck(.apiKeys, .failed, "could not be looked at: \(error)", fix: Self.again)
        }
    }

    private func isolation(of tenant: Tenant) async -> TenantCheck {
        do {
            let crossings = try await IsolationTrial(of: tenant.database).crossings(at: now())
            guard crossings.isEmpty else {
                return TenantCheck(
                    .isolation, .failed, crossings.joined(separator: "; "),
                    fix: "stop serving, and run `gatehouse doctor`")
            }
            return TenantCheck(.isolation, .passed, "no row of another tenant can be read, written or claimed")
        } catch {
            return TenantCheck(.isolation, .failed, "could not be tried: \(error)", fix: Self.again)
        }
    }

    private func secrets(of tenant: Tenant) async -> TenantCheck {
        var missing: [String] = []
        let needed = tenant.plan.secretReferences.filter { !tenant.plan.spareSecrets.contains($0) }
        for reference in needed {
            do {
                guard try await tenant.secrets.find(reference) == nil else { continue }
                missing.append("\(reference): \(await tenant.secrets.absence(of: reference))")
            } catch {
                missing.append("\(reference): \(error)")
            }
        }
        guard missing.isEmpty else {
            return TenantCheck(
                .secrets, .failed, missing.joined(separator: "; "),
                fix: "put them where the configuration says they are")
        }
        return TenantCheck(.secrets, .passed, needed.isEmpty ? "none are needed" : "all \(needed.count) are there")
    }

    private func issuer(of tenant: Tenant) async -> TenantCheck {
        do {
            let issuer = try await probe.issuer(at: tenant.address)
            guard issuer.utf8.elementsEqual(tenant.issuer.utf8) else {
                return TenantCheck(
                    .issuer, .failed, "\(tenant.address) answers with another issuer than \(tenant.issuer)",
                    fix: "let --public-url lead to this installation")
            }
            return TenantCheck(.issuer, .passed, "\(tenant.address) answers as \(issuer)")
        } catch {
            return TenantCheck(
                .issuer, .failed, "\(tenant.address) does not answer: \(error)",
                fix: "start the server, or let --public-url be the address at which clients reach it")
        }
    }

    private func refusal(at tenant: Tenant) async -> TenantCheck {
        do {
            let answer = try await probe.signIn(at: tenant.address, login: Self.nobody, password: Self.nobody)
            guard answer == TenantProbeAnswer(status: 401, code: "invalid_credentials") else {
                return TenantCheck(
                    .signIn, .failed, "somebody who does not exist is answered \(answer)",
                    fix: "stop serving, and run `gatehouse doctor`")
            }
            return TenantCheck(.signIn, .passed, "somebody who does not exist is refused as anybody would be")
        } catch {
            return TenantCheck(.signIn, .failed, "could not be tried: \(error)", fix: Self.again)
        }
    }

    private func owner(of tenant: Tenant) async -> TenantCheck {
        do {
            guard try await records.find(id: tenant.id)?.ownedAt == nil else {
                return TenantCheck(.firstOwner, .passed, "the tenant has an owner")
            }
            return TenantCheck(
                .firstOwner, .todo, "the tenant has no owner yet",
                fix: "give the invitation's link to whom it was made for; it works once")
        } catch {
            return TenantCheck(.firstOwner, .failed, "could not be looked up: \(error)", fix: Self.again)
        }
    }

    private static let mostKeysNamed = 5
    private static let again = "repeat the call; `gatehouse doctor` says more"
    /// Nobody has it: logins that people have are never reserved by RFC 2606.
    private static let nobody = "canary@gatehouse.invalid"
}

/// What came of trying one thing.
package struct TenantCheck: Sendable, Equatable {
    package let name: Name
    package let state: State
    package let detail: String
    /// What to do where it did not pass.
    package let fix: String?

    package enum Name: String, Sendable, CaseIterable {
        case isolation, secrets, issuer
        case signIn = "sign_in"
        case firstOwner = "first_owner"
        case apiKeys = "api_keys"
    }

    package enum State: String, Sendable, CaseIterable {
        case passed, failed
        /// Somebody has something left to do; nothing is wrong.
        case todo
    }

    init(_ name: Name, _ state: State, _ detail: String, fix: String? = nil) {
        self.name = name
        self.state = state
        self.detail = detail
        self.fix = fix
    }
}

/// Asks a tenant from outside, as its clients do.
package protocol TenantProbe: Sendable {
    /// The issuer that the metadata below an address name (OpenID Connect Discovery 1.0, 4.2).
    func issuer(at address: String) async throws -> String

    /// What a sign-in with a password is answered.
    func signIn(at address: String, login: String, password: String) async throws -> TenantProbeAnswer
}

/// An answer that a probe got.
package struct TenantProbeAnswer: Sendable, Equatable, CustomStringConvertible {
    package let status: Int
    /// The code of a problem body, where the answer is one.
    package let code: String?

    package init(status: Int, code: String?) {
        self.status = status
        self.code = code
    }

    package var description: String { code.map { "\(status) \($0)" } ?? "\(status)" }
}
