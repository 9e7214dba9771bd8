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
        let tenant = try await TestTenant.make("sign_up: {open: true}", offersFactors: true)
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
        case .totpSeed: try await tenant.tryCode("000000", of: "totp", resident.factor, resident.person)
        case .hashKey:
            let hashKeys = HashKeys(hierarchy: try await tenant.anotherNode().hierarchy, now: tenant.clock.reading)
            _ = try await hashKeys.keys(of: tenant.tenant)
        case .keyCaller:
            let keys = try await tenant.services.apiKeys(of: tenant.tenant)
            guard let key = try await keys.key(resident.key) else { throw Refusal.notFound }
            _ = try await keys.callers(of: key)
        case .document: _ = try await tenant.revisions.revision(resident.revision)
        case .signUp: _ = try await tenant.signUps.list(after: nil, limit: 100)
        case .recoveryCode:
            let code = "00000-00000-00000-00000-000000"
            try await tenant.tryCode(code, of: "recovery_code", resident.recoverySet, resident.person)
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
    /// Begun and never finished, so that nobody is asked for it.
    let factor: FactorID
    let recoverySet: FactorID
    /// One of the set.
    let recoveryCode: [UInt8]
    let hashKey: HashKeyID
    let key: KeyID
    /// Somebody who used the key.
    let keyCaller: [UInt8]
    /// A document of the tenant, which belongs to the resident in name only.
    let revision: Int
    let revisionID: RevisionID
    /// Somebody else's wish to come in, which belongs to the resident in name only.
    let signUp: SignUpID

    /// The row that the seal of his value at a place is bound to.
    func row(at place: SealedPlace) -> [UInt8] {
        switch place {
        case .login, .displayName, .password, .earlierPassword: person.id.rawValue.byteArray
        case .offer: invitation.rawValue.byteArray
        case .sessionOrigin: person.tokens.session.rawValue.byteArray
        case .eventOrigin: event.rawValue.byteArray
        case .signingKey: signingKey.rawValue.byteArray
        case .answer: answer
        case .totpSeed: factor.rawValue.byteArray
        case .recoveryCode: recoveryCode
        case .hashKey: hashKey.rawValue.byteArray
        case .keyCaller: keyCaller
        case .document: revisionID.rawValue.byteArray
        case .signUp: signUp.rawValue.byteArray
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
        let known = Set(try await sealed(.recoveryCode).map(\.cell.row))
        let (factor, set) = try await furnishFactors(of: person)
        guard let code = try await sealed(.recoveryCode).map(\.cell.row).first(where: { !known.contains($0) }) else {
            throw Refusal.noFactor
        }
        let (hashKey, apiKey, keyCaller) = try await furnishKey()
        let (revision, revisionID) = try await furnishDocument()
        return Resident(
            person: person, invitation: try await invite().invitation.id, event: started.id, signingKey: signingKey,
            answer: request.keyHash, idempotencyKey: key, factor: factor, recoverySet: set, recoveryCode: code,
            hashKey: hashKey, key: apiKey, keyCaller: keyCaller, revision: revision, revisionID: revisionID,
            signUp: try await askFor("\(unique())@example.com"))
    }

    /// A factor that was begun, and recovery codes past any rule of when there are some.
    private func furnishFactors(of person: TestPerson) async throws -> (factor: FactorID, set: FactorID) {
        guard let session = try await session(of: person.tokens), let backup = tenant.factors.backups.first else {
            throw Refusal.notFound
        }
        let factors = try await services.ownFactors(in: tenant)
        let factor = try await factors.begin("totp", ticket: nil, session, by: try await caller(person)).get()
        let set = FactorID.make(at: clock.now)
        let add = AddFactor(id: set, user: person.id, kind: backup.kind, isBackup: true, at: clock.now)
        _ = try await database.run([BoundStatement(add)] + (try await backup.prepare(set, of: person.id).store))
        return (factor.id, set)
    }

    /// A key that was used, and a hash key beside those that there are.
    private func furnishKey() async throws -> (hashKey: HashKeyID, key: KeyID, caller: [UInt8]) {
        let known = Set(try await sealed(.keyCaller).map(\.cell.row))
        let issued = try await apiKey()
        guard case .valid = try await verify(issued.text) else { throw Refusal.keyNotLive }
        await services.keyUses.flush()
        let id = HashKeyID.make(at: clock.now)
        let sealed = try await cells.seal([UInt8](repeating: 7, count: 32), at: Cell(.hashKey, row: id))
        let stored = StoredHashKey(id: id, sealedKey: sealed, createdAt: clock.now)
        let add: SQL = "INSERT INTO gatehouse.hash_keys (id, sealed_key, created_at) VALUES ($1, $2, $3)"
        _ = try await database.run([
            BoundStatement(sql: add, parameters: AddFirstHashKey(key: stored).parameters)
        ])
        let rows = try await self.sealed(.keyCaller).map(\.cell.row)
        guard let caller = rows.first(where: { !known.contains($0) }) else { throw Refusal.notFound }
        return (id, issued.key.id, caller)
    }

    /// A document, past any rule of who writes one.
    private func furnishDocument() async throws -> (number: Int, id: RevisionID) {
        let number = try await sealed(.document).count + 1
        let id = RevisionID.make(at: clock.now)
        let revision = StoredRevision(
            id: id, number: number,
            sealedDocument: try await cells.seal("tenant: x", at: Cell(.tenantDocument, row: id)),
            author: "host", createdAt: clock.now)
        let add: SQL = """
            INSERT INTO gatehouse.tenant_revisions (id, number, sealed_document, author, created_at)
            VALUES ($1, $2, $3, $4, $5)
            """
        let parameters = AddRevision(revision: revision, name: "").parameters.dropLast()
        _ = try await database.run([BoundStatement(sql: add, parameters: Array(parameters))])
        return (number, id)
    }

    /// The documents of this tenant.
    var revisions: TenantRevisions {
        TenantRevisions(
            tenant: id, database: database, hierarchy: services.hierarchy, logger: tenant.logger, now: clock.reading)
    }

    /// Looks at everything that a code of a factor is compared with.
    fileprivate func tryCode(
        _ code: String, of kind: FactorKind, _ factor: FactorID, _ person: TestPerson
    ) async throws {
        _ = try await tenant.factors.provider(of: kind)?.verify(SecretText(code), of: person.id, among: [factor])
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
