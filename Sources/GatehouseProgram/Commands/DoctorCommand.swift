import ArgumentParser
import Foundation
import Kernel
import Logging
import PluginKit

/// `gatehouse doctor`: looks at everything that can be seen from inside and says what to mend.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at this installation and say what to mend, with the command that mends it.",
        discussion: "Exits with 1 where something is a warning or critical. Changes nothing."
    )

    @OptionGroup var options: ProcessOptions
    @OptionGroup var serve: ServeOptions

    func run() async throws {
        try await CommandRun.guarded {
            let settings = try ProcessSettings.forCommand(options, serve: serve)
            let logger = CommandRun.startLogging(settings, readable: true, saysAll: true)
            let findings = await Examination(settings: settings, logger: logger).findings()
            try Output(json: settings.json).show(["findings": findings]) {
                findings.map(\.words).joined(separator: "\n")
            }
            guard findings.allSatisfy({ $0.severity < .warning }) else { throw ExitCode.refused }
        }
    }
}

extension DoctorFinding {
    var words: String {
        let mend = remedy.map { "\n           mend: \($0)" } ?? ""
        let mark = severity.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
        return "\(mark)  \(subject): \(reason)\(mend)"
    }
}
