import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// Reads what commands about keys are told; what is wrong is said on standard error, and ends them as a usage error.
enum KeyArguments {
    static func name(_ text: String) throws -> String {
        guard DisplayName(text) != nil else { throw refused("--name \(DisplayName.problem)") }
        return text
    }

    static func scopes(_ names: [String]) throws -> [Permission] {
        try Set(names.map(scope)).sorted()
    }

    static func scope(_ name: String) throws -> Permission {
        guard let permission = Permission(rawValue: name) else {
            let known = Permission.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw refused("--scope \(name): is no permission; there are \(known)")
        }
        return permission
    }

    static func seconds(_ text: String, option: String) throws -> Int {
        guard let duration = DurationText.read(text) else {
            throw refused("\(option) must be a duration such as 90d, 24h or 0s")
        }
        return Int(duration.components.seconds)
    }

    static func id<Kind>(_ text: String, option: String) throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(text) else { throw refused("\(option) must be an id such as \(Kind.prefix)_…") }
        return id
    }

    /// What was asked for; a refusal is said, and ends the command.
    static func value<Value>(_ outcome: Outcome<Value>) throws -> Value {
        switch outcome {
        case .done(let value): return value
        case .refused(.lifetimeTooLong(let seconds)):
            Output.complain("refused: a key of this tenant lasts \(DurationText.write(.seconds(seconds))) at most")
        case .refused(let refusal): Output.complain("refused: \(refusal.code)")
        }
        throw ExitCode.refused
    }

    private static func refused(_ words: String) -> ExitCode {
        Output.complain(words)
        return .usage
    }
}
