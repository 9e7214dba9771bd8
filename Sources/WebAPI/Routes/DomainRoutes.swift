import Foundation
import Hummingbird
import Kernel
import PluginKit

/// The domains that tenants answer under, for the platform's operators: claimed here, proved by the domain's name servers.
struct DomainRoutes {
    let gate: Gate
    let tenants: TenantRecords
    let domains: TenantDomains

    var routes: [Route] { [add, list, verify, remove] }

    private static let collection = "/v1/tenants/{tenant}/domains"
    private static let item = "/v1/tenants/{tenant}/domains/{domain}"

    private var add: Route {
        Route(.post, Self.collection, access: gate.operatorKey, body: AddDomainBody.self) { request, author, body in
            let tenant = try await tenant(of: request)
            guard let domain = body.domain else { throw Problem(.invalidBody) }
            let added = try await domains.add(domain, to: tenant, by: .operator(author, requestID: request.id)).value()
            return try .json(DomainView(added.domain), status: added.isNew ? .created : .ok)
        }
    }

    private var list: Route {
        Route(.get, Self.collection, access: gate.operatorKey) { request, _ in
            let found = try await domains.list(of: try await tenant(of: request))
            return try .json(Page(data: found.map(DomainView.init), nextCursor: nil))
        }
    }

    private var verify: Route {
        Route(.post, Self.item + "/verify", access: gate.operatorKey) { request, author in
            let (tenant, domain) = (try await tenant(of: request), try domain(of: request))
            do {
                let verified = try await domains.verify(
                    domain, of: tenant, by: .operator(author, requestID: request.id))
                return try .json(DomainView(try verified.value()))
            } catch let error as NameServersSilent {
                throw Problem(.unavailable, detail: "This could not be told: \(error.reason). Try again.")
            }
        }
    }

    private var remove: Route {
        Route(.delete, Self.item, access: gate.operatorKey) { request, author in
            let (tenant, domain) = (try await tenant(of: request), try domain(of: request))
            let refusal = try await domains.remove(domain, of: tenant, by: .operator(author, requestID: request.id))
            if let refusal { throw Problem(ofDomain: refusal) }
            return .noContent
        }
    }

    private func tenant(of request: APIRequest) async throws -> TenantRecord {
        guard let tenant = try await tenants.find(named: request.parameter("tenant")), tenant.state != .deleting else {
            throw Problem(.tenantNotFound)
        }
        return tenant
    }

    private func domain(of request: APIRequest) throws(Problem) -> DomainName {
        guard let domain = DomainName(request.parameter("domain")) else { throw Problem(.notFound) }
        return domain
    }
}

private struct AddDomainBody: JSONBody {
    let domain: DomainName?

    init(reading body: BodyReader) {
        domain = DomainName(body.text("domain", bytes: 1...253, check: DomainName.check))
    }
}

/// A domain as operators see it.
struct DomainView: Encodable {
    let domain: String
    let state: String
    let managedBy: String
    let record: RecordView?
    let createdAt: Date
    let verifiedAt: Date?

    struct RecordView: Encodable {
        let type = "TXT"
        let name: String
        let value: String

        private enum CodingKeys: CodingKey {
            case type, name, value
        }
    }

    init(_ domain: TenantDomain) {
        self.domain = domain.domain.text
        state = domain.verifiedAt == nil ? "pending" : "verified"
        managedBy = domain.record == nil ? "file" : "api"
        record = domain.record.map { RecordView(name: $0.name, value: $0.value) }
        createdAt = domain.createdAt
        verifiedAt = domain.verifiedAt
    }
}

extension Result where Failure == DomainRefusal {
    /// The value.
    ///
    /// - Throws: the problem that a refusal stands for.
    fileprivate func value() throws(Problem) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let refusal): throw Problem(ofDomain: refusal)
        }
    }
}

extension Problem {
    /// What an operator is told where a tenant does not get a domain, or does not lose one.
    fileprivate init(ofDomain refusal: DomainRefusal) {
        switch refusal {
        case .notFound: self.init(.notFound)
        case .managedByFile: self.init(.managedByFile)
        case .taken: self.init(.domainTaken)
        case .tooMany:
            self.init(
                .conflict,
                detail: "A tenant has at most \(TenantDomains.mostPerTenant) domains. Remove one of them first.")
        case .tooLong:
            self.init(
                .invalidBody,
                errors: [
                    FieldProblem(
                        pointer: "/domain", code: "too_long", message: "leaves no room for the name of its TXT record",
                        fix: "send a shorter domain")
                ])
        case .unproved(let record, let found):
            self.init(
                .domainUnproved, detail: "\(record.name) must have the TXT record \(record.value). \(Self.words(found))"
            )
        }
    }

    /// What name servers said, short and in letters that do no harm.
    private static func words(_ found: [[UInt8]]) -> String {
        guard !found.isEmpty else { return "It has none." }
        let shown = found.prefix(5).map { text in
            let letters = text.prefix(100).map { (0x20..<0x7F).contains($0) && $0 != 0x22 ? $0 : UInt8(ascii: "?") }
            return "\"\(String(decoding: letters, as: UTF8.self))\""
        }
        return "It has \(shown.joined(separator: ", "))."
    }
}
