import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse operators`: those who may use the platform's routes.
struct OperatorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operators",
        abstract: "Make operators of the platform, list them, exchange and revoke their keys.",
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an operator and print his key, which is shown this once.",
            discussion: "The key opens the platform's routes, /v1/tenants and the like, and no route of a tenant."
        )

        @OptionGroup var options: ProcessOptions
        @OptionGroup var key: OperatorKeyOptions

        @Argument(help: "A name for the audit trail: letters, digits, and . _ @ -")
        var name: String

        func run() async throws {
            let (name, lifetime) = (try OperatorName(argument: name), try key.lifetime())
            try await Installation.use(options) { installation in
                let made = try await installation.operators.create(
                    name, lifetimeSeconds: lifetime, requestID: installation.newRequest)
                guard let made else {
                    Output.complain("there is an operator \(name.text) already; choose another name")
                    throw ExitCode.refused
                }
                try installation.output.show(NewOperatorRow(made)) {
                    "operator \(name.text) made; his key, shown this once:\n\(made.key.withExposed { $0 })"
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the operators, those who are revoked as well.")

        @OptionGroup var options: ProcessOptions

        func run() async throws {
            try await Installation.use(options) { installation in
                let rows = try await installation.operators.list().map {
                    OperatorRow($0, at: installation.kernel.now())
                }
                try installation.output.show(rows) {
                    rows.isEmpty ? "there are no operators" : rows.map(\.line).joined(separator: "\n")
                }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an operator another key and print it, shown this once.",
            discussion: """
                The key before stays good for the overlap and then ends by itself. Of keys before that one none is good.
                """
        )

        @OptionGroup var options: ProcessOptions
        @OptionGroup var key: OperatorKeyOptions

        @Option(help: "How long the key before stays good: 24h, or 0s to end it at once.")
        var overlap = "24h"

        @Argument(help: "The operator's name.")
        var name: String

        func run() async throws {
            let (name, lifetime) = (try OperatorName(argument: name), try key.lifetime())
            let overlap = try KeyArguments.overlap(overlap)
            try await Installation.use(options) { installation in
                let made = try await installation.operators.rotate(
                    name, lifetimeSeconds: lifetime, overlapSeconds: overlap, requestID: installation.newRequest)
                guard let made else {
                    Output.complain("there is no operator \(name.text) who is not revoked; `operators list` names them")
                    throw ExitCode.refused
                }
                try installation.output.show(NewOperatorRow(made)) {
                    "the new key of \(name.text), shown this once:\n\(made.key.withExposed { $0 })"
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke an operator for good; every server refuses his keys from this moment on.")

        @OptionGroup var options: ProcessOptions

        @Argument(help: "The operator's name.")
        var name: String

        func run() async throws {
            let name = try OperatorName(argument: name)
            try await Installation.use(options) { installation in
                let record = try await installation.operators.revoke(name, requestID: installation.newRequest)
                guard let record else {
                    Output.complain("there is no operator \(name.text); `operators list` names them")
                    throw ExitCode.refused
                }
                try installation.output.show(OperatorRow(record, at: installation.kernel.now())) {
                    "operator \(name.text) is revoked"
                }
            }
        }
    }
}

/// What a new key of an operator is to be like.
struct OperatorKeyOptions: ParsableArguments {
    @Option(help: "After how long the key ends by itself, such as 90d. (default: never)")
    var expiresIn: String?

    /// In seconds; `nil` for never.
    func lifetime() throws -> Int? { try expiresIn.map(KeyArguments.lifetime) }
}

extension OperatorName {
    /// A name as a command is told it.
    fileprivate init(argument: String) throws {
        guard let name = OperatorName(argument) else {
            Output.complain("NAME must be 1 to 64 of letters, digits, and . _ @ -")
            throw ExitCode.usage
        }
        self = name
    }
}
