import Foundation

/// Answers that wait behind a token of their own, each to be had once.
struct WrappingStore {
    private struct Wrapping {
        let answer: VaultAnswer
        let path: String
        let created: Date
        let lifeSeconds: Int

        var end: Date { created + TimeInterval(lifeSeconds) }
    }

    private static let invalid = VaultRefusal.invalid("wrapping token is not valid or does not exist")

    private var wrappings: [String: Wrapping] = [:]

    /// Whether the token wraps something, or did until its time was over.
    func knows(_ token: String) -> Bool { wrappings[token] != nil }

    /// Keeps the answer and gives back one that holds the wrapping token in its place.
    mutating func wrap(_ answer: VaultAnswer, path: String, seconds: Int, at now: Date) -> VaultAnswer {
        let token = RandomText.serviceToken()
        wrappings[token] = Wrapping(answer: answer, path: path, created: now, lifeSeconds: seconds)
        var info: [String: JSONValue] = [
            "token": .string(token), "accessor": .string(RandomText.accessor()), "ttl": .integer(seconds),
            "creation_time": .string(GoText.time(now)), "creation_path": .string(path),
        ]
        if let accessor = answer.auth["accessor"] ?? answer.data["secret_id_accessor"] {
            info["wrapped_accessor"] = accessor
        }
        return VaultAnswer(wrapInfo: .object(info))
    }

    func describe(_ token: String, at now: Date) throws(VaultRefusal) -> VaultAnswer {
        guard let wrapping = wrappings[token], now < wrapping.end else { throw Self.invalid }
        return .data([
            "creation_path": .string(wrapping.path), "creation_time": .string(GoText.time(wrapping.created)),
            "creation_ttl": .integer(wrapping.lifeSeconds),
        ])
    }

    mutating func unwrap(_ token: String, at now: Date) throws(VaultRefusal) -> VaultAnswer {
        guard let wrapping = wrappings.removeValue(forKey: token), now < wrapping.end else { throw Self.invalid }
        return wrapping.answer
    }

    /// Puts the same answer behind a new token.
    mutating func rewrap(_ token: String, at now: Date) throws(VaultRefusal) -> VaultAnswer {
        guard let wrapping = wrappings.removeValue(forKey: token), now < wrapping.end else { throw Self.invalid }
        return wrap(wrapping.answer, path: wrapping.path, seconds: wrapping.lifeSeconds, at: now)
    }

    mutating func burn(_ token: String) {
        wrappings[token] = nil
    }
}
