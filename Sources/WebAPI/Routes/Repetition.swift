import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import PluginKit

/// Makes a POST safe to repeat: with an `Idempotency-Key` the deed is done once and answered alike every time.
struct Repetition {
    private let key: String?
    private let credential: String
    private let request: APIRequest
    private let tenant: Tenant
    private let idempotency: Idempotency

    /// - Throws: `bad_request` for a key that is not 1 to 255 visible ASCII characters.
    init(_ request: APIRequest, by caller: Caller, in tenant: Tenant, kernel: KernelServices) async throws {
        key = try Self.key(in: request.headers)
        // A key belongs to who sent it, whatever session he used.
        credential = caller.actor.credential
        self.request = request
        self.tenant = tenant
        idempotency = try await kernel.idempotency(of: tenant)
    }

    /// The key that a request is to be repeated under; `nil` where it has none.
    static func key(in headers: HTTPFields) throws(Problem) -> String? {
        let keys = headers[values: .idempotencyKey]
        guard keys.count <= 1, keys.allSatisfy(isUsable) else {
            throw Problem(.badRequest, detail: "`Idempotency-Key` must be 1 to 255 visible ASCII characters.")
        }
        return keys.first
    }

    /// Does the deed, or gives the answer that it had.
    func once(_ deed: () async throws -> JSONAnswer) async throws -> Response {
        guard let key else { return try await deed().response }
        let claim = try await idempotency.claim(
            key: key, credential: credential, route: "\(request.method.rawValue) \(request.path)", request: request.body
        )
        switch claim {
        case .usedForAnotherRequest: throw Problem(.idempotencyKeyReused)
        case .stillRunning: throw Problem(.idempotencyInProgress, retryAfterSeconds: 1)
        case .answered(let status, let body): return JSONAnswer(status: .init(code: status), body: body).response
        case .fresh(let claimed): return try await run(deed, for: claimed)
        }
    }

    private func run(_ deed: () async throws -> JSONAnswer, for claimed: IdempotentRequest) async throws -> Response {
        let answer: JSONAnswer
        do {
            answer = try await deed()
        } catch {
            // Nothing was done, so the key is free again; should this fail as well, it is free in a minute.
            try? await idempotency.abandon(claimed)
            throw error
        }
        do {
            try await idempotency.finish(claimed, status: answer.status.code, body: answer.body)
        } catch {
            // The deed is done, and its answer may hold a secret that exists nowhere else: better given than kept.
            tenant.logger.warning("an answer was not kept for repeats", metadata: ["error": "\(error)"])
        }
        return answer.response
    }

    private static func isUsable(_ key: String) -> Bool {
        (1...255).contains(key.utf8.count) && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension Repetition {
    init(_ request: APIRequest, by person: SignedIn, kernel: KernelServices) async throws {
        try await self.init(request, by: person.caller, in: person.tenant, kernel: kernel)
    }

    init(_ request: APIRequest, by admin: Admitted, kernel: KernelServices) async throws {
        try await self.init(request, by: admin.caller, in: admin.tenant, kernel: kernel)
    }
}

extension Actor {
    /// Whose an idempotency key is.
    fileprivate var credential: String {
        switch self {
        case .person(let id, _): id.description
        case .key(let id, _): id.description
        case .hostOperator, .platformOperator, .system, .anonymous: auditText
        }
    }
}

/// An answer whose bytes are known, so that they can be kept.
struct JSONAnswer {
    let status: HTTPResponse.Status
    let body: [UInt8]

    init(status: HTTPResponse.Status, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    init(_ value: some Encodable, status: HTTPResponse.Status) throws {
        self.init(status: status, body: try ResponseEncoding.encode(value))
    }

    var response: Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
