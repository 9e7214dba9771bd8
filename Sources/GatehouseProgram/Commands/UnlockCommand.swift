import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse users unlock`: the way back in for somebody whom nobody inside the tenant can help.
struct UnlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Let a person try again at once; with --reset-factors, also take his lost second factors away.",
        discussion: """
            Break the glass only for somebody whom you know: it works on the host alone, and the tenant's audit trail \
            records it as the operator's deed. With --reset-factors his sessions end, and the ticket that is printed \
            lets him set up a new factor, once, together with his password.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "The person's login.")
    var login: String

    @Flag(help: "Take all his second factors away and print a ticket for a new one.")
    var resetFactors = false

    func run() async throws {
        guard let login = Login(login) else {
            Output.complain("--login \(Login.problem(with: login) ?? "is no login")")
            throw ExitCode.usage
        }
        try await Installation.use(options) { [tenant, resetFactors] installation in
            let caller = installation.hostCaller
            let row = try await installation.withTenant(tenant) { tenant in
                let people = try await installation.kernel.people(of: tenant)
                guard let user = try await people.user(with: login) else { return Unlocking.nobody(login.written) }
                return try await Self.unlock(user, in: people, resetFactors: resetFactors, by: caller)
            }
            try row.show(on: installation.output)
        }
    }

    private static func unlock(
        _ user: UserID, in people: People, resetFactors: Bool, by caller: Caller
    ) async throws -> Unlocking {
        if case .refused(let refusal) = try await people.unlock(user, by: caller) { return .refused(refusal) }
        guard resetFactors else { return .done(UnlockedUser(userID: user, ticket: nil)) }
        switch try await people.resetFactors(of: user, by: caller) {
        case .refused(let refusal): return .refused(refusal)
        case .done(let ticket): return .done(UnlockedUser(userID: user, ticket: ticket))
        }
    }
}

/// What came of it.
private enum Unlocking: Sendable {
    case nobody(String)
    case refused(Refusal)
    case done(UnlockedUser)

    func show(on output: Output) throws {
        switch self {
        case .nobody(let login):
            Output.complain("nobody in this tenant has the login \(login)")
            throw ExitCode.refused
        case .refused(let refusal):
            Output.complain("not unlocked: \(refusal.code)")
            throw ExitCode.refused
        case .done(let row): try output.show(row) { row.words }
        }
    }
}

private struct UnlockedUser: Encodable, Sendable {
    let userID: UserID
    let ticket: String?
    let expiresAt: Date?

    private enum CodingKeys: String, CodingKey {
        case userID = "userId"
        case ticket, expiresAt
    }

    init(userID: UserID, ticket: NewTicket?) {
        self.userID = userID
        self.ticket = ticket?.token.withExposed { $0 }
        expiresAt = ticket?.expiresAt
    }

    var words: String {
        guard let ticket, let expiresAt else { return "\(userID) may try again at once" }
        return """
            \(userID) has no second factor any more; his sessions are ended
            this ticket lets him set one up, once, until \(expiresAt.formatted(.iso8601)):
            \(ticket)
            """
    }
}
