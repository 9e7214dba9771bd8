import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse users`: the people of a tenant, from the host's own command line.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "Bring people into a tenant and list them.",
        subcommands: [Create.self, List.self, UnlockCommand.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a person of a tenant and print his one-time invitation.",
            discussion: """
                The person chooses his own password when he takes up the invitation; nobody else ever knows it.
                """
        )

        @OptionGroup var options: ProcessOptions

        @Option(help: "The tenant's slug.")
        var tenant: String

        @Option(help: "The person's login, mostly an e-mail address.")
        var login: String

        @Option(help: "A role of the tenant: owner, admin, manager, member, viewer or one of its own.")
        var role: String = BuiltInRole.member.rawValue

        func run() async throws {
            guard let login = Login(login) else {
                Output.complain("--login \(Login.problem(with: login) ?? "is no login")")
                throw ExitCode.usage
            }
            try await Installation.use(options) { installation in
                let outcome = try await installation.withTenant(tenant) { tenant in
                    try await installation.kernel.invitations(of: tenant).createPerson(
                        login: login, displayName: nil, roles: [role], by: installation.hostCaller)
                }
                switch outcome {
                case .refused(let refusal):
                    Output.complain("not made: \(refusal.code)")
                    throw ExitCode.refused
                case .done(let new):
                    let row = InvitedUser(new)
                    try installation.output.show(row) {
                        "made \(new.invitation.login); the link works once, until \(new.invitation.expiresAt):\n\(new.url)"
                    }
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the people of a tenant.")

        @OptionGroup var options: ProcessOptions

        @Option(help: "The tenant's slug.")
        var tenant: String

        func run() async throws {
            try await Installation.use(options) { installation in
                let rows: [UserRow] = try await installation.withTenant(tenant) { tenant in
                    try await Self.rows(of: try await installation.kernel.people(of: tenant))
                }
                try installation.output.show(rows) {
                    rows.map { "\($0.login)\t\($0.state)\t\($0.roles.joined(separator: ","))\t\($0.id)" }
                        .joined(separator: "\n")
                }
            }
        }

        private static func rows(of people: People) async throws -> [UserRow] {
            var rows: [UserRow] = []
            var last: UserID?
            repeat {
                let page = try await people.list(after: last, limit: 200)
                rows += page.map(UserRow.init)
                last = page.last?.id
            } while last != nil
            return rows
        }
    }
}

/// A person as the commands print him.
private struct UserRow: Encodable {
    let id: UserID
    let login: String
    let state: String
    let roles: [String]
    let createdAt: Date

    init(_ user: User) {
        id = user.id
        login = user.login
        state = user.state.rawValue
        roles = user.roles
        createdAt = user.createdAt
    }
}

/// Somebody who was invited.
private struct InvitedUser: Encodable {
    let userID: UserID?
    let invitation: Link

    struct Link: Encodable {
        let token: String
        let url: String
        let expiresAt: Date
    }

    private enum CodingKeys: String, CodingKey {
        case userID = "userId"
        case invitation
    }

    init(_ new: NewInvitation) {
        userID = new.invitation.user
        invitation = Link(token: new.token.withExposed { $0 }, url: new.url, expiresAt: new.invitation.expiresAt)
    }
}
