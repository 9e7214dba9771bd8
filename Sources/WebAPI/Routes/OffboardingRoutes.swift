import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import PluginKit

/// Letting go of tenants, for operators; and the public keys that verify the receipts of it, for anybody.
struct OffboardingRoutes {
    let gate: Gate
    let kernel: KernelServices
    let offboarding: Offboarding

    var routes: [Route] { [delete, operation, receiptKeys] }

    private var delete: Route {
        Route(.delete, "/v1/tenants/{tenant}", access: gate.operatorKey) { request, caller in
            let author = PlatformAuthor.operator(caller, requestID: request.id)
            switch try await offboarding.begin(request.parameter("tenant"), by: author) {
            case .begun(let operation):
                return try .json(
                    OperationView(operation), status: .accepted, headers: [.location: "/v1/operations/\(operation.id)"])
            case .noSuchTenant: throw Problem(.tenantNotFound)
            case .managedByFile: throw Problem(.managedByFile)
            }
        }
    }

    private var operation: Route {
        Route(.get, "/v1/operations/{id}", access: gate.operatorKey) { request, _ in
            guard let operation = try await offboarding.operation(try request.identifier("id")) else {
                throw Problem(.notFound)
            }
            return try .json(OperationView(operation))
        }
    }

    private var receiptKeys: Route {
        Route(.get, "/v1/receipt-keys", access: .anyone) { _, _ in
            try .json(
                ReceiptKeysView(keys: try await kernel.deletionReceipts.publicKeys()),
                headers: [.cacheControl: "public, max-age=60"])
        }
    }
}

/// Work that takes longer than a request, as operators see it.
private struct OperationView: Encodable {
    struct Progress: Encodable {
        let rowsRemoved: Int
        let rowsExpected: Int?
        let tables: [String: Int]
    }

    let id: OperationID
    let kind: String
    let tenantId: TenantID
    let slug: String
    let state: String
    let progress: Progress
    let error: String?
    let receipt: String?
    let createdAt: Date
    let finishedAt: Date?

    init(_ operation: PlatformOperation) {
        id = operation.id
        kind = operation.kind.rawValue
        tenantId = operation.tenant
        slug = operation.slug
        state = operation.state.rawValue
        progress = Progress(
            rowsRemoved: operation.rowsRemoved, rowsExpected: operation.estimate, tables: operation.counts)
        error = operation.error
        receipt = operation.receipt
        createdAt = operation.createdAt
        finishedAt = operation.finishedAt
    }
}

private struct ReceiptKeysView: Encodable {
    let keys: [PublicJWK]
}
