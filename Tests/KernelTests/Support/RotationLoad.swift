import DatabaseTesting
import PluginKit
import PluginTesting
import Synchronization

@testable import Kernel

/// What clients do on two nodes of one tenant, over and over: each writes on one node and reads on the other.
final class RotationLoad: Sendable {
    /// What is done; one client each.
    enum Work: String, CaseIterable {
        case signIn, people, refresh, repeats, invitations, lists
    }

    private struct State {
        var isStopped = false
        var refreshToken: SecretText
        var failures: [String] = []
        var turns: [Work: Int] = [:]
    }

    private let nodes: [TestTenant]
    private let person: TestPerson
    private let state: Mutex<State>
    private let rounds: AsyncStream<Void>
    private let finishRound: AsyncStream<Void>.Continuation

    init(nodes: [TestTenant], person: TestPerson) {
        self.nodes = nodes
        self.person = person
        state = Mutex(State(refreshToken: person.tokens.refreshToken))
        (rounds, finishRound) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What went otherwise than it should have.
    var failures: [String] { state.withLock(\.failures) }
    /// How often each work was done.
    var turns: [Work: Int] { state.withLock(\.turns) }

    /// Works until it is stopped, and goes on where it was when it is run again.
    func run() async {
        state.withLock { $0.isStopped = false }
        await withTaskGroup(of: Void.self) { group in
            for work in Work.allCases { group.addTask { await self.repeating(work) } }
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Lets the clients do every work some times more, unless something has failed already.
    func goOn() async {
        let before = turns
        for await _ in rounds {
            let didAll = Work.allCases.allSatisfy { turns[$0, default: 0] >= before[$0, default: 0] + 2 }
            if didAll || !failures.isEmpty { return }
        }
    }

    private func repeating(_ work: Work) async {
        while !state.withLock(\.isStopped) {
            let turn = turns[work, default: 0]
            let (here, there) = (nodes[turn % 2], nodes[(turn + 1) % 2])
            do {
                switch work {
                case .signIn: try await signIn(here, there)
                case .people: try await people(here, there)
                case .refresh: try await refresh(here)
                case .repeats: try await repeats(here, there)
                case .invitations: try await invitations(here, there)
                case .lists: try await lists(here, there)
                }
            } catch {
                state.withLock { $0.failures.append("\(work), turn \(turn): \(error)") }
            }
            state.withLock { $0.turns[work] = turn + 1 }
            finishRound.yield()
        }
    }

    // MARK: Work

    private func signIn(_ here: TestTenant, _ there: TestTenant) async throws {
        let tokens = try await here.signIn(person.login).tokens.orFail("nobody was signed in")
        let session = try await there.session(of: tokens).orFail("the session is not known")
        let account = try await there.services.ownAccount(in: there.tenant)
        try await expect(account.profile(of: session)?.login == person.login, "the profile is not his")
    }

    private func people(_ here: TestTenant, _ there: TestTenant) async throws {
        let made = try await here.person()
        try await expect(there.user(made.login) == made.id, "who was made is not found")
        let changes = UserChanges(login: "changed-\(made.login)".asLogin(), displayName: DisplayName("changed"))
        _ = try await there.people.update(made.id, to: changes, by: .hostOperator(.test())).get()
        try await expect(here.user(changes.login?.canonical ?? "") == made.id, "who changed his login is not found")
        try await expect(here.user(made.login) == nil, "the former login still finds him")
        try await expect(here.people.user(made.id)?.displayName == "changed", "the name is not the new one")
        let again = try await there.people.create(
            NewUser(login: changes.login ?? made.login.asLogin()), by: .hostOperator(.test()))
        try expect(again.refusal == .loginTaken, "a login was given away twice")
    }

    private func refresh(_ here: TestTenant) async throws {
        let token = state.withLock(\.refreshToken)
        let tokens = try await here.refresh(token, from: person.origin).orFail("a refresh was refused")
        state.withLock { $0.refreshToken = tokens.refreshToken }
    }

    private func repeats(_ here: TestTenant, _ there: TestTenant) async throws {
        let key = unique()
        func claim(_ node: TestTenant) async throws -> Idempotency.Claim {
            try await node.services.idempotency(of: node.tenant).claim(
                key: key, credential: "anybody", route: "POST /users", request: [1])
        }
        guard case .fresh(let request) = try await claim(here) else { throw Unexpected(what: "a key was taken") }
        try await here.services.idempotency(of: here.tenant).finish(request, status: 201, body: [7])
        guard case .answered(201, [7]) = try await claim(there) else { throw Unexpected(what: "no answer was kept") }
    }

    private func invitations(_ here: TestTenant, _ there: TestTenant) async throws {
        let first = try await here.invite().invitation
        let second = try await there.invite(first.login).invitation
        let open = try await here.invitations.list(after: nil, limit: 1000).filter { $0.login == first.login }
        try expect(open.map(\.id) == [second.id], "an invitation did not take the place of the one before")
    }

    private func lists(_ here: TestTenant, _ there: TestTenant) async throws {
        try await expect(!here.people.list(after: nil, limit: 20).isEmpty, "nobody is listed")
        try await expect(!there.services.sessions(of: there.tenant).list(of: person.id).isEmpty, "he has no session")
        let events = try await here.services.auditTrail(of: here.tenant).events(AuditFilter(), before: nil, limit: 20)
        try expect(!events.isEmpty, "nothing is recorded")
    }

    private func expect(_ holds: Bool, _ otherwise: String) throws {
        if !holds { throw Unexpected(what: otherwise) }
    }
}

private struct Unexpected: Error { let what: String }

extension Optional {
    fileprivate func orFail(_ what: String) throws -> Wrapped {
        guard let self else { throw Unexpected(what: what) }
        return self
    }
}
