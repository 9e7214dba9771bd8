import ArgumentParser
import Testing

@testable import GatehouseProgram

@Suite("The command that rotates keys") struct RotateKeysCommandTests {
    private func parse(_ arguments: [String]) throws {
        _ = try RotateKeysCommand.parse(["--tenant", "acme"] + arguments)
    }

    @Test(
        "takes one way of saying which keys",
        arguments: [
            ["--key", "key_1"], ["--all"], ["--resume", "rot_1"], ["--older-than", "0s"], ["--scope", "users.read"],
            ["--older-than", "60d", "--scope", "users.read", "--name", "job-*"],
            ["--all", "--overlap", "0s", "--output", "keys", "--seal-for", "certificate.pem"],
            ["--resume", "rot_1", "--output", "keys"],
        ])
    func accepted(arguments: [String]) throws {
        try parse(arguments)
    }

    @Test(
        "refuses none, and more than one",
        arguments: [
            [], ["--overlap", "1h"], ["--all", "--key", "key_1"], ["--all", "--older-than", "0s"],
            ["--key", "key_1", "--name", "job-*"], ["--resume", "rot_1", "--all"],
            ["--resume", "rot_1", "--scope", "users.read"],
        ])
    func choices(arguments: [String]) {
        #expect(throws: (any Error).self) { try parse(arguments) }
    }

    @Test("does not seal onto a terminal, nor change the overlap of a rotation that has begun")
    func combinations() {
        #expect(throws: (any Error).self) { try parse(["--all", "--seal-for", "certificate.pem"]) }
        #expect(throws: (any Error).self) { try parse(["--resume", "rot_1", "--overlap", "1h"]) }
    }

    @Test("finishing and taking back name one key or one rotation")
    func settling() throws {
        for arguments in [["--key", "key_1"], ["--rotation", "rot_1"]] {
            _ = try FinishRotationCommand.parse(["--tenant", "acme"] + arguments)
            _ = try CancelRotationCommand.parse(["--tenant", "acme"] + arguments)
        }
        for arguments in [[], ["--key", "key_1", "--rotation", "rot_1"]] {
            #expect(throws: (any Error).self) { try FinishRotationCommand.parse(["--tenant", "acme"] + arguments) }
        }
    }
}
