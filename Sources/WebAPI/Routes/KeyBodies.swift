import Kernel
import PluginKit

/// What a client sends to make an API key.
struct CreateKeyBody: JSONBody {
    let key: NewAPIKey

    init(reading body: BodyReader) {
        key = NewAPIKey(
            name: body.text("name", bytes: KeyLimits.nameBytes, check: .displayName),
            scopes: body.scopes("scopes", count: KeyLimits.scopeCount),
            lifetimeSeconds: body.optionalInteger("expires_in_seconds", in: KeyLimits.lifetimeSeconds),
            allowedNetworks: KeyLimits.networks(
                body.optionalTexts(
                    "allowed_networks", count: KeyLimits.networkCount, bytes: KeyLimits.networkBytes, check: .network))
                ?? [],
            rateLimit: body.optionalInteger("rate_limit", in: KeyLimits.rateLimit),
            metadata: KeyLimits.metadata(body) ?? [:])
    }
}

struct UpdateKeyBody: JSONBody {
    let changes: APIKeyChanges

    init(reading body: BodyReader) {
        let networks = body.optionalTexts(
            "allowed_networks", count: KeyLimits.networkCount, bytes: KeyLimits.networkBytes, check: .network)
        let limit: Int?? =
            switch body.change("rate_limit", in: KeyLimits.rateLimit) {
            case .keep: nil
            case .clear: .some(nil)
            case .set(let limit): limit
            }
        changes = APIKeyChanges(
            name: body.optionalText("name", bytes: KeyLimits.nameBytes, check: .displayName),
            scopes: body.optionalScopes("scopes", count: KeyLimits.scopeCount),
            allowedNetworks: KeyLimits.networks(networks), rateLimit: limit,
            metadata: KeyLimits.metadata(body))
    }
}

struct RevokeKeyBody: JSONBody {
    static let mayBeAbsent = true

    let reason: String?

    init(reading body: BodyReader) {
        reason = body.optionalText("reason", bytes: KeyLimits.nameBytes, check: .displayName)
    }
}

struct RotateKeyBody: JSONBody {
    static let mayBeAbsent = true

    let overlapSeconds: Int?

    init(reading body: BodyReader) {
        overlapSeconds = body.optionalInteger("overlap_seconds", in: KeyLimits.overlapSeconds)
    }
}

struct StartRotationBody: JSONBody {
    static let mayBeAbsent = true

    let filter: KeyFilter
    let overlapSeconds: Int?

    init(reading body: BodyReader) {
        filter = body.optionalObject("filter", FilterBody.self)?.filter ?? KeyFilter()
        overlapSeconds = body.optionalInteger("overlap_seconds", in: KeyLimits.overlapSeconds)
    }
}

private struct FilterBody: JSONBody {
    let filter: KeyFilter

    init(reading body: BodyReader) {
        filter = KeyFilter(
            olderThanSeconds: body.optionalInteger("older_than_seconds", in: KeyLimits.ageSeconds),
            scope: body.optionalText("scope", bytes: KeyLimits.scopeBytes, check: .scope).flatMap(Permission.init),
            name: body.optionalText("name", bytes: KeyLimits.nameBytes, check: .displayName))
    }
}

struct AdvanceRotationBody: JSONBody {
    static let mayBeAbsent = true

    let limit: Int

    init(reading body: BodyReader) {
        limit = body.optionalInteger("limit", in: 1...KeyRotations.mostAtOnce) ?? KeyRotations.mostAtOnce
    }
}

extension KeyLimits {
    static let scopeBytes = 1...64
    static let networkBytes = 1...64
    static let keyBytes = 1...4096

    static func networks(_ texts: [String]?) -> [AddressBlock]? { texts.map { $0.compactMap(AddressBlock.init) } }

    static func metadata(_ body: BodyReader) -> [String: String]? {
        body.optionalTextMap(
            "metadata", count: metadataCount.upperBound, nameBytes: metadataNameBytes, bytes: metadataBytes)
    }
}

extension BodyReader {
    /// Permissions in order; one that stands there twice is refused.
    func scopes(_ name: String, count: ClosedRange<Int>) -> [Permission] {
        unique(name, texts(name, count: count, bytes: KeyLimits.scopeBytes, check: .scope))
    }

    func optionalScopes(_ name: String, count: ClosedRange<Int>) -> [Permission]? {
        optionalTexts(name, count: count, bytes: KeyLimits.scopeBytes, check: .scope).map { unique(name, $0) }
    }

    private func unique(_ name: String, _ texts: [String]) -> [Permission] {
        let scopes = Set(texts.compactMap(Permission.init))
        if Set(texts).count < texts.count {
            reject(name, code: "duplicate_item", "names a permission more than once", fix: "name each of them once")
        }
        return scopes.sorted()
    }
}

extension TextCheck {
    static let scope = TextCheck(fix: "send one of the permissions that the documentation lists") { text in
        Permission(rawValue: text) == nil ? "is no permission" : nil
    }

    static let network = TextCheck(fix: "send it as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32") { text in
        AddressBlock.problem(with: text)
    }

    static let address = TextCheck(fix: "send it as 192.0.2.1 or 2001:db8::1") { text in
        IPAddress(text) == nil ? "must be an IPv4 or IPv6 address" : nil
    }
}
