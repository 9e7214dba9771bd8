import Foundation

/// The people that a load speaks for, each with a password and an access token.
struct Population {
    private struct Person {
        let login: String
        let accessToken: String
    }

    private static let password = "eleven kettles on a slow train"

    private let tenant: TenantClient
    let owner: TenantClient.Tokens
    private let people: [Person]

    /// Makes the first owner, who invites `count` others. Their access tokens hold for the tenant's set time from now.
    static func make(
        count: Int, in tenant: TenantClient, invitation: ReadyLine.Invitation
    ) async throws -> Population {
        let owner = try await tenant.accept(invitation.token, password: password, from: network(0))
        var people: [Person] = []
        for number in 1...count {
            let login = "person-\(number)@bench.example"
            let invited = try await tenant.invite(login, owner: owner)
            let tokens = try await tenant.accept(invited, password: password, from: network(number))
            people.append(Person(login: login, accessToken: tokens.accessToken))
        }
        return Population(tenant: tenant, owner: owner, people: people)
    }

    /// Writes `people.tsv`: login, password, access token.
    func writePeople(to folder: URL) throws {
        let lines = people.map { "\($0.login)\t\(Self.password)\t\($0.accessToken)\n" }
        try write(lines, to: folder.appending(path: "people.tsv"))
    }

    /// Writes `chains.tsv`: the refresh token of a new session on each of `count` lines.
    func writeChains(_ count: Int, to folder: URL) async throws {
        var lines: [String] = []
        for number in 0..<count {
            let person = people[number % people.count]
            let tokens = try await tenant.signIn(person.login, password: Self.password, from: Self.network(number))
            lines.append(tokens.refreshToken + "\n")
        }
        try write(lines, to: folder.appending(path: "chains.tsv"))
    }

    private func write(_ lines: [String], to file: URL) throws {
        try Data(lines.joined().utf8).write(to: file)
    }

    private static func network(_ number: Int) -> String { "10.0.\(number / 256).\(number % 256)" }
}
