import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// Reads what commands about keys are told; what is wrong is said on standard error, and ends them as a usage error.
enum KeyArguments {
    static func name(_ text: String, option: String = "--name") throws -> String {
        guard let name = DisplayName(text) else { throw refused("\(option) \(DisplayName.problem)") }
        return name.text
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

    /// How long a key's secrets are good; the tenant's policy has the last word.
    static func lifetime(_ text: String) throws -> Int {
        let seconds = try seconds(text, option: "--expires-in")
        guard seconds >= 60 else { throw refused("--expires-in must be a minute at least") }
        return seconds
    }

    static func overlap(_ text: String) throws -> Int {
        let seconds = try seconds(text, option: "--overlap")
        guard seconds <= KeyPolicy.longestOverlap.components.seconds else {
            throw refused("--overlap must be \(DurationText.write(KeyPolicy.longestOverlap)) at most")
        }
        return seconds
    }

    static func seconds(_ text: String, option: String) throws -> Int {
        guard let duration = DurationText.read(text) else {
            throw refused("\(option) must be a duration such as 90d, 24h or 0s")
        }
        return Int(duration.components.seconds)
    }

    static func networks(_ texts: [String]) throws -> [AddressBlock] {
        try texts.map { text in
            guard let block = AddressBlock(text) else {
                throw refused("--allowed-network \(text): \(AddressBlock.problem(with: text) ?? "is no network")")
            }
            return block
        }
    }

    static func address(_ text: String) throws -> IPAddress {
        guard let address = IPAddress(text) else { throw refused("--from must be an IPv4 or IPv6 address") }
        return address
    }

    static func rateLimit(_ number: Int) throws -> Int {
        guard (1...1_000_000).contains(number) else { throw refused("--rate-limit must be from 1 to 1000000") }
        return number
    }

    static func id<Kind>(_ text: String, option: String) throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(text) else { throw refused("\(option) must be an id such as \(Kind.prefix)_…") }
        return id
    }

    /// What was asked for; a refusal is said, and ends the command.
    static func value<Value>(_ outcome: Outcome<Value>) throws -> Value {
        switch outcome {
        case .done(let value): return value
        case .refused(let refusal): Output.complain("refused: \(refusal.wordsAboutKeys)")
        }
        throw ExitCode.refused
    }

    private static func refused(_ words: String) -> ExitCode {
        Output.complain(words)
        return .usage
    }
}

extension Refusal {
    /// What an operator reads who asked for something about keys, with what to do instead.
    var wordsAboutKeys: String {
        switch self {
        case .notFound: "there is no such key or rotation in this tenant; `gatehouse keys list` shows its keys"
        case .keyNotLive: "the key is revoked or expired, and stays so; `gatehouse keys create` makes another"
        case .rotationInProgress:
            "the key is being rotated; `gatehouse keys finish` or `gatehouse keys cancel` it first"
        case .noRotation: "nothing is being rotated here: it was finished or taken back, or its overlap is over"
        case .lifetimeTooLong(let seconds):
            "a key of this tenant lasts \(DurationText.write(.seconds(seconds))) at most (api_keys.max_age)"
        default: code
        }
    }
}

extension KeyRefusal {
    /// What an operator reads who asked whether a key is good.
    var words: String {
        switch self {
        case .malformed: "it is not written as this tenant's keys are, or a character of it is wrong"
        case .unknown: "there is no such key, or its secret is another"
        case .revoked: "it was revoked"
        case .replaced: "its secret was replaced, and the overlap is over"
        case .expired: "it is past its end"
        case .ownerInactive: "its owner is suspended or gone"
        case .networkNotAllowed: "it may not be used from there; --from says where it is used"
        case .insufficientScope: "it does not allow that"
        case .rateLimited(let seconds): "it has been used as often as it may; again in \(seconds) s"
        }
    }
}
