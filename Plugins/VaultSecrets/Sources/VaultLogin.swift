import Foundation
import PluginKit

/// Gets a token in the way that the settings name. What it needs for that is looked up anew each time.
struct VaultLogin: Sendable {
    /// A way to log in, with the files that it needs.
    enum Way: Sendable {
        case token(SecretReference)
        case appRole(AppRoleSettings)
        case bearer(role: String, file: HostFile, mount: String)

        init(_ method: VaultAuthSettings.Method, files: HostFiles) throws(HostRefusal) {
            self =
                switch method {
                case .token(let reference): .token(reference)
                case .appRole(let role): .appRole(role)
                case .bearer(let bearer, let mount):
                    .bearer(
                        role: bearer.role, file: try files.file(bearer.tokenFile, setting: bearer.place), mount: mount)
                }
        }
    }

    private let way: Way
    private let secrets: any TenantSecrets
    private let exchange: VaultExchange
    private let clock: VaultClock
    private let wrapped: WrappedSecretID

    init(
        _ way: Way, secrets: any TenantSecrets, exchange: VaultExchange, clock: VaultClock
    ) {
        self.way = way
        self.secrets = secrets
        self.exchange = exchange
        self.clock = clock
        wrapped = WrappedSecretID(exchange: exchange)
    }

    func token(before deadline: ContinuousClock.Instant) async throws(VaultProblem) -> VaultToken {
        switch way {
        case .token(let reference):
            return try await configured(credential(reference), deadline)
        case .appRole(let role):
            let secretID = try await secretID(of: role, deadline)
            let fields = ["role_id": SecretText(role.roleID), "secret_id": secretID]
            return try await logIn(at: role.mount, fields, deadline)
        case .bearer(let role, let file, let mount):
            let fields = ["role": SecretText(role), "jwt": try TokenFile.read(file)]
            return try await logIn(at: mount, fields, deadline)
        }
    }

    private func configured(
        _ value: SecretText, _ deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> VaultToken {
        var grant = VaultToken.Grant(leaseSeconds: 0, isRenewable: false, uses: 0)
        do {
            let answer = try await exchange.send(.get("auth/token/lookup-self"), token: value, before: deadline)
            if answer.status == 200 { grant = try answer.decoded(LookupBody.self).data.grant }
        } catch VaultProblem.forbidden {
            // Its policy may forbid looking while it allows reading; if the token is bad, the reading will say so.
        }
        return VaultToken(
            value: value, isConfigured: true, grant: grant, at: clock.now(), chance: clock.chance())
    }

    private func secretID(
        of role: AppRoleSettings, _ deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> SecretText {
        guard let reference = role.secretID else { throw .credential("no secret id is configured") }
        let found = try await credential(reference)
        guard let path = role.creationPath else { return found }
        return try await wrapped.secretID(wrappedBy: found, madeAt: path, before: deadline)
    }

    private func logIn(
        at mount: String, _ fields: [String: SecretText], _ deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> VaultToken {
        let request = VaultRequest.post("auth/\(mount)/login", fields, isRepeatable: false)
        let answer: VaultAnswer
        do {
            answer = try await exchange.send(request, before: deadline)
        } catch VaultProblem.forbidden {
            throw .loginRefused
        }
        guard answer.status == 200 else { throw answer.status == 404 ? .noLoginMount : .loginRefused }
        let auth = try answer.decoded(AuthBody.self).auth
        return VaultToken(
            value: SecretText(auth.clientToken), isConfigured: false, grant: auth.grant, at: clock.now(),
            chance: clock.chance())
    }

    private func credential(_ reference: SecretReference) async throws(VaultProblem) -> SecretText {
        let found: ResolvedSecret
        do {
            found = try await secrets.resolve(reference)
        } catch let error as SecretBackendError {
            throw .credential("the credential for Vault cannot be had: \(error)")
        } catch {
            throw .credential("the credential for Vault, \(reference), cannot be had")
        }
        // A token travels in a header; a line end in it would begin another header.
        guard !found.value.isEmpty, found.value.isPrintable else {
            throw .credential(
                "the credential for Vault, \(reference), holds bytes that no token has, such as a line end; write it anew"
            )
        }
        return SecretText(utf8: found.value)
    }
}

/// The part of an answer that speaks of a token that was given or renewed.
struct AuthBody: Decodable {
    struct Auth: Decodable {
        let clientToken: String
        let leaseSeconds: Int
        let isRenewable: Bool?
        let uses: Int?

        enum CodingKeys: String, CodingKey {
            case clientToken = "client_token"
            case leaseSeconds = "lease_duration"
            case isRenewable = "renewable"
            case uses = "num_uses"
        }

        var grant: VaultToken.Grant {
            .init(leaseSeconds: leaseSeconds, isRenewable: isRenewable ?? false, uses: uses ?? 0)
        }
    }

    let auth: Auth
}

private struct LookupBody: Decodable {
    struct Token: Decodable {
        let leaseSeconds: Int
        let isRenewable: Bool?
        let uses: Int?

        enum CodingKeys: String, CodingKey {
            case leaseSeconds = "ttl"
            case isRenewable = "renewable"
            case uses = "num_uses"
        }

        var grant: VaultToken.Grant {
            .init(leaseSeconds: leaseSeconds, isRenewable: isRenewable ?? false, uses: uses ?? 0)
        }
    }

    let data: Token
}

extension SecretBytes {
    /// Whether every byte is visible ASCII.
    var isPrintable: Bool {
        withExposedBytes { $0.allSatisfy { (0x21...0x7E).contains($0) } }
    }
}
