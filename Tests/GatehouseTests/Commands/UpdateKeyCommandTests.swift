import ArgumentParser
import Kernel
import PluginKit
import Testing

@testable import GatehouseProgram

@Suite("The command that changes a key") struct UpdateKeyCommandTests {
    private func parse(_ arguments: [String]) throws -> UpdateKeyCommand {
        try UpdateKeyCommand.parse(["--tenant", "acme", "--key", "key_1"] + arguments)
    }

    @Test("changes what is named, and nothing else")
    func named() throws {
        let network = try #require(AddressBlock("10.0.0.0/8"))
        let cases: [([String], APIKeyChanges)] = [
            (["--name", " reports "], APIKeyChanges(name: "reports")),
            (["--scope", "users.read", "--scope", "audit.read"], APIKeyChanges(scopes: [.auditRead, .usersRead])),
            (["--allowed-network", "10.0.0.0/8"], APIKeyChanges(allowedNetworks: [network])),
            (["--any-network"], APIKeyChanges(allowedNetworks: [])),
            (["--rate-limit", "5"], APIKeyChanges(rateLimit: 5)),
            (["--no-rate-limit"], APIKeyChanges(rateLimit: .some(nil))),
            (["--metadata", "a=b", "--metadata", "c="], APIKeyChanges(metadata: ["a": "b", "c": ""])),
            (["--no-metadata"], APIKeyChanges(metadata: [:])),
        ]
        for (arguments, expected) in cases {
            let changes = try parse(arguments).changes()
            #expect(changes.name == expected.name, "\(arguments)")
            #expect(changes.scopes == expected.scopes, "\(arguments)")
            #expect(changes.allowedNetworks == expected.allowedNetworks, "\(arguments)")
            #expect(changes.rateLimit == expected.rateLimit, "\(arguments)")
            #expect(changes.metadata == expected.metadata, "\(arguments)")
        }
    }

    @Test(
        "refuses to change nothing, and to say two things of the same",
        arguments: [
            [], ["--any-network", "--allowed-network", "10.0.0.0/8"], ["--no-rate-limit", "--rate-limit", "5"],
            ["--no-metadata", "--metadata", "a=b"],
        ])
    func contradictions(arguments: [String]) {
        #expect(throws: (any Error).self) { try parse(arguments) }
    }

    @Test(
        "holds the limits that hold over HTTP",
        arguments: [
            ["--name", ""], ["--scope", "users.reed"], ["--allowed-network", "10.0.0.1/8"], ["--rate-limit", "0"],
            ["--metadata", "plan"],
        ])
    func limits(arguments: [String]) throws {
        let command = try parse(arguments)
        #expect(throws: ExitCode.usage) { try command.changes() }
    }
}
