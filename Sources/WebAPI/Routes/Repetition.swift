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

    /// Does the deed, or gives the answer that it had. The answer is kept behind the deed: whatever leaves it open whether
    /// the deed was done, ends what may be done under the key.
    func once(_ deed: () async throws -> JSONAnswer) async throws -> Response {
        guard let key else { return try await deed().response }
        switch try await take(key, mayBeDoneAnew: false) {
        case .known(let answer): return answer.response
        case .fresh(let claimed):
            let answer = try await freeing(claimed, unlessDone: deed)
            await keep(answer, of: claimed)
            return answer.response
        }
    }

    /// Does the deed, which keeps the answer in its own transaction, or gives the answer that it had.
    ///
    /// - Parameter answer: what is answered; the same for the same value.
    func once<Value: Sendable>(
        answering answer: @escaping @Sendable (Value) throws -> JSONAnswer,
        doing deed: (_ keeping: DeedAnswer<Value>?) async throws -> Value
    ) async throws -> Response {
        guard let key else { return try answer(try await deed(nil)).response }
        switch try await take(key, mayBeDoneAnew: true) {
        case .known(let answer): return answer.response
        case .fresh(let claimed):
            let kept = DeedAnswer(to: claimed, in: idempotency) { (value: Value) in
                let answer = try answer(value)
                return (answer.status.code, answer.body)
            }
            return try answer(try await freeing(claimed, unlessDone: { try await deed(kept) })).response
        }
    }

    private enum Taken {
        case fresh(IdempotentRequest)
        case known(JSONAnswer)
    }

    private func take(_ key: String, mayBeDoneAnew: Bool) async throws -> Taken {
        let claim = try await idempotency.claim(
            key: key, credential: credential, route: "\(request.method.rawValue) \(request.path)",
            request: request.body, mayBeDoneAnew: mayBeDoneAnew)
        switch claim {
        case .usedForAnotherRequest: throw Problem(.idempotencyKeyReused)
        case .stillRunning: throw Problem(.idempotencyInProgress, retryAfterSeconds: 1)
        case .leftOpen: throw Problem(.idempotencyInProgress, detail: Self.leftOpen)
        case .answered(let status, let body): return .known(JSONAnswer(status: .init(code: status), body: body))
        case .fresh(let claimed): return .fresh(claimed)
        }
    }

    /// Runs the deed, and frees the key where certainly nothing was done.
    private func freeing<Value>(
        _ claimed: IdempotentRequest, unlessDone deed: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await deed()
        } catch is ClaimLost {
            // The key is another's now, who does the deed.
            throw Problem(.idempotencyInProgress, retryAfterSeconds: 1)
        } catch {
            if DeedFailure(error).isNothingDone { try? await idempotency.abandon(claimed) }
            throw error
        }
    }

    private func keep(_ answer: JSONAnswer, of claimed: IdempotentRequest) async {
        do {
            try await idempotency.finish(claimed, status: answer.status.code, body: answer.body)
        } catch {
            // The deed is done, and its answer may hold a secret that exists nowhere else: better given than kept.
            tenant.logger.warning("an answer was not kept for repeats", metadata: ["error": "\(error)"])
        }
    }

    private static let leftOpen =
        "A request with this `Idempotency-Key` broke off, and it is not known whether it was done. Look whether it was; if "
        + "not, send it again under a new key."

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
