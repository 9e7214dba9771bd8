import ArgumentParser
import Foundation
import Kernel

/// `gatehouse check`: reads the tenant files and says what is wrong with them. Needs nothing but the files.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check tenant files, anywhere: no database, network or secret is touched.",
        discussion: """
            Prints every problem of every file as FILE:LINE: KEY: what is wrong; how to mend it. Exits with 1 where there \
            is one. With --schema it prints a JSON Schema of tenant files, for editors.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Flag(help: "Print the JSON Schema of a tenant file and check nothing.")
    var schema = false

    func run() async throws {
        let settings = try ProcessSettings.forCommand(options)
        let output = Output(json: settings.json)
        if schema {
            let fields = TenantPlan.fields(of: Program.plugins)
            let document = try SettingsSchema(title: "A tenant of Gatehouse", fields: fields).json()
            try output.write(String(decoding: document, as: UTF8.self))
            return
        }
        let result = TenantDirectory(path: settings.tenants, catalog: Program.plugins).read()
        let report = CheckReport(tenants: result.plans.map(\.slug.description).sorted(), problems: result.problems)
        try output.show(report) {
            let problems = report.problems.map(\.description)
            return (problems + ["\(report.tenants.count) tenants are sound, \(problems.count) problems"])
                .joined(separator: "\n")
        }
        guard report.problems.isEmpty else { throw ExitCode.refused }
    }
}

/// What `check` found.
private struct CheckReport: Encodable {
    let tenants: [String]
    let problems: [TenantFileProblem]
}
