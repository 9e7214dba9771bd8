import Cryptography
import DatabaseTesting
import PluginKit
import PluginTesting

@testable import Kernel

/// A tenant that keeps something in every place where values are sealed, of two people.
struct FurnishedTenant {
    static let password = SecretText("seven amber kettles hum")

    let tenant: TestTenant
    let anna: Resident
    let bert: Resident

    static func make() async throws -> FurnishedTenant {
        let tenant = try await TestTenant.make()
        let keys = try await tenant.services.signingKeys.keys(of: tenant.tenant)
        let anna = try await tenant.resident(signingKey: keys.active.id)
        let next = keys.published.first { $0.state == .next }
        return FurnishedTenant(
            tenant: tenant, anna: anna, bert: try await tenant.resident(signingKey: next?.id ?? keys.active.id))
    }

    /// The sealed value of a resident at a place.
    func sealed(_ place: SealedPlace, of resident: Resident) async throws -> StoredCell {
        let row = resident.row(at: place)
        guard let stored = try await tenant.sealed(place).first(where: { $0.cell.row == row }) else {
            throw Refusal.notFound
        }
        return stored
    }

    /// Does what needs the value of a resident at this place.
    func use(_ place: SealedPlace, of resident: Resident) async throws {
        switch place {
        case .login, .displayName: _ = try await tenant.people.user(resident.person.id)
        case .offer: _ = try await tenant.invitations.list(after: nil, limit: 100)
        case .sessionOrigin: _ = try await tenant.services.sessions(of: tenant.tenant).list(of: resident.person.id)
        case .eventOrigin: _ = try await tenant.events(.sessionStarted)
        case .password:
            let step = try await tenant.signIn(resident.person.login, Self.password)
            guard step.tokens != nil else { throw Refusal.wrongPassword }
        case .earlierPassword: _ = try await tenant.prepare(SecretText("six velvet anchors sing"), for: resident.person)
        case .signingKey: _ = try await tenant.anotherNode().signingKeys.keys(of: tenant.tenant)
        case .answer:
            guard case .answered = try await tenant.claim(resident) else { throw Refusal.notFound }
        }
    }
}

/// A person with everything that is sealed of one.
struct Resident {
    let person: TestPerson
    let invitation: InvitationID
    let event: EventID
    let signingKey: SigningKeyID
    let answer: [UInt8]
    let idempotencyKey: String

    /// The row that the seal of his value at a place is bound to.
    func row(at place: SealedPlace) -> [UInt8] {
        switch place {
        case .login, .displayName, .password, .earlierPassword: person.id.rawValue.byteArray
        case .offer: invitation.rawValue.byteArray
        case .sessionOrigin: person.tokens.session.rawValue.byteArray
        case .eventOrigin: event.rawValue.byteArray
        case .signingKey: signingKey.rawValue.byteArray
        case .answer: answer
        }
    }
}

extension TestTenant {
    fileprivate func resident(signingKey: SigningKeyID) async throws -> Resident {
        let person = try await signedIn()
        clock.advance(by: .seconds(1))
        _ = try await database.run(try await prepare(FurnishedTenant.password, for: person))
        let name = UserChanges(displayName: DisplayName("canary name"))
        _ = try await people.update(person.id, to: name, by: .hostOperator(.test())).get()
        let started = try await events(.sessionStarted).first { $0.subject == person.tokens.session.description }
        let key = unique()
        guard case .fresh(let request) = try await claim(key), let started else { throw Refusal.notFound }
        try await services.idempotency(of: tenant).finish(request, status: 201, body: Array("canary answer".utf8))
        return Resident(
            person: person, invitation: try await invite().invitation.id, event: started.id, signingKey: signingKey,
            answer: request.keyHash, idempotencyKey: key)
    }

    /// The statements that give a person another password.
    fileprivate func prepare(_ password: SecretText, for person: TestPerson) async throws -> [BoundStatement] {
        let owner = PasswordOwner(user: person.id, login: person.login)
        guard case .ready(let store) = try await tenant.passwordKeeper.prepare(password, for: owner, mustChange: false)
        else { throw Refusal.weakPassword([]) }
        return store
    }

    fileprivate func claim(_ resident: Resident) async throws -> Idempotency.Claim {
        try await claim(resident.idempotencyKey)
    }

    private func claim(_ key: String) async throws -> Idempotency.Claim {
        try await services.idempotency(of: tenant).claim(
            key: key, credential: "anybody", route: "POST /users", request: [1])
    }
}
