import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse operators`: those who may use the platform's routes.
struct OperatorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operators",
        abstract: "Make operators of the platform.",
        subcommands: [Create.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an operator and print his key, which is shown this once.",
            discussion: "The key opens the platform's routes, /v1/tenants and the like, and nothing inside a tenant."
        )

        @OptionGroup var options: ProcessOptions

        @Argument(help: "A name for the audit trail: letters, digits, and . _ @ -")
        var name: String

        func run() async throws {
            guard let name = OperatorName(name) else {
                Output.complain("NAME must be 1 to 64 of letters, digits, and . _ @ -")
                throw ExitCode.usage
            }
            try await Installation.use(options) { installation in
                let request = RequestID.make(at: installation.kernel.now()).description
                guard let new = try await installation.operators.create(name, requestID: request) else {
                    Output.complain("there is an operator \(name.text) already; choose another name")
                    throw ExitCode.refused
                }
                let row = OperatorRow(operatorID: new.id, key: new.key.withExposed { $0 })
                try installation.output.show(row) {
                    "operator \(name.text) made; his key, shown this once:\n\(row.key)"
                }
            }
        }
    }
}

/// An operator who was made.
private struct OperatorRow: Encodable {
    let operatorID: OperatorID
    let key: String

    private enum CodingKeys: String, CodingKey {
        case operatorID = "operatorId"
        case key
    }
}
