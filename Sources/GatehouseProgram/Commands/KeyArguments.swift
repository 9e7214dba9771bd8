import ArgumentParser
import Foundation
import Kernel
import PluginKit
import WebAPI

/// Reads what commands about keys are told; what is wrong is said on standard error, and ends them as a usage error.
enum KeyArguments {
    static func name(_ text: String, option: String = "--name") throws -> String {
        guard let name = DisplayName(text) else { throw refused("\(option) \(DisplayName.problem)") }
        guard KeyLimits.nameBytes.contains(name.text.utf8.count) else {
            throw refused("\(option) must have \(KeyLimits.nameBytes.upperBound) bytes at most")
        }
        return name.text
    }

    static func scopes(_ names: [String]) throws -> [Permission] {
        let scopes = try Set(names.map(scope)).sorted()
        try check(scopes.count, in: 0...KeyLimits.scopeCount.upperBound, option: "--scope")
        return scopes
    }

    static func scope(_ name: String) throws -> Permission {
        guard let permission = Permission(rawValue: name) else {
            let known = Permission.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw refused("--scope \(name): is no permission; there are \(known)")
        }
        return permission
    }

    static func state(_ text: String) throws -> APIKey.State {
        guard let state = APIKey.State(rawValue: text) else {
            throw refused("--state must be one of \(APIKey.State.words)")
        }
        return state
    }

    /// How long a key is good.
    static func lifetime(_ text: String) throws -> Int {
        let seconds = try seconds(text, option: "--expires-in")
        guard seconds >= 60 else { throw refused("--expires-in must be a minute at least") }
        return seconds
    }

    /// How long the secrets of a tenant's key are good; the tenant's policy has the last word.
    static func secretLifetime(_ text: String) throws -> Int {
        let seconds = try lifetime(text)
        let longest = KeyLimits.lifetimeSeconds.upperBound
        guard seconds <= longest else {
            throw refused("--expires-in must be \(DurationText.write(.seconds(longest))) at most")
        }
        return seconds
    }

    /// How old a secret is at least.
    static func age(_ text: String) throws -> Int {
        let seconds = try seconds(text, option: "--older-than")
        let longest = KeyLimits.ageSeconds.upperBound
        guard seconds <= longest else {
            throw refused("--older-than must be \(DurationText.write(.seconds(longest))) at most")
        }
        return seconds
    }

    static func overlap(_ text: String) throws -> Int {
        let seconds = try seconds(text, option: "--overlap")
        guard KeyLimits.overlapSeconds.contains(seconds) else {
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
        try check(texts.count, in: KeyLimits.networkCount, option: "--allowed-network")
        return try texts.map { text in
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
        let limits = KeyLimits.rateLimit
        guard limits.contains(number) else {
            throw refused("--rate-limit must be from \(limits.lowerBound) to \(limits.upperBound)")
        }
        return number
    }

    /// What stands in front of the first equals sign is the name of the rest.
    static func metadata(_ texts: [String]) throws -> [String: String] {
        try check(texts.count, in: KeyLimits.metadataCount, option: "--metadata")
        var metadata: [String: String] = [:]
        for text in texts {
            let (name, value) = try member(text)
            guard metadata.updateValue(value, forKey: name) == nil else {
                throw refused("--metadata \(LogText.escaped(name)): is given more than once")
            }
        }
        return metadata
    }

    private static func member(_ text: String) throws -> (name: String, value: String) {
        // By bytes: a mark that combines with the sign makes another character of both.
        let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw refused("--metadata must be written as NAME=VALUE") }
        let (name, value) = (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
        let (names, values) = (KeyLimits.metadataNameBytes, KeyLimits.metadataBytes)
        guard names.contains(name.utf8.count) else {
            throw refused("--metadata: a name must have from \(names.lowerBound) to \(names.upperBound) bytes")
        }
        guard values.contains(value.utf8.count) else {
            throw refused("--metadata \(LogText.escaped(name)): must have \(values.upperBound) bytes at most")
        }
        return (name, value)
    }

    static func id<Kind>(_ text: String, option: String) throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(text) else { throw refused("\(option) must be an id such as \(Kind.prefix)_…") }
        return id
    }

    /// What was found; where nothing was, that is said, and ends the command.
    static func found<Value: Sendable>(_ value: Value?) throws -> Value {
        try self.value(value.map(Outcome.done) ?? .refused(.notFound))
    }

    /// What was asked for; a refusal is said, and ends the command.
    static func value<Value>(_ outcome: Outcome<Value>) throws -> Value {
        switch outcome {
        case .done(let value): return value
        case .refused(let refusal): Output.complain("refused: \(refusal.wordsAboutKeys)")
        }
        throw ExitCode.refused
    }

    private static func check(_ count: Int, in limits: ClosedRange<Int>, option: String) throws {
        guard limits.contains(count) else {
            throw refused("\(option) may be given \(limits.upperBound) times at most, is \(count) times")
        }
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
