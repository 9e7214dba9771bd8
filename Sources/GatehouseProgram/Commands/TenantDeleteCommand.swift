import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants delete`: lets go of a tenant, whole.
struct TenantDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Let go of a tenant: refuse everybody, destroy its keys, remove all its rows.",
        discussion: """
            Nothing brings the tenant back. It may be stopped anywhere; run again, or left to a running server, it goes on. \
            At the end it prints a signed receipt, which `gatehouse tenants receipt` verifies. The slug is not given out \
            again for 90 days. A tenant of a file is not let go of before its file is removed and servers have read the \
            files again.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Argument(help: "The tenant, by its slug or its id.")
    var tenant: String

    @Flag(help: "Do not ask.")
    var yes = false

    func run() async throws {
        try await Installation.use(options) { [tenant, yes] installation in
            if let record = try await installation.record(of: tenant), record.state != .deleting {
                try Self.refuse(record.slug, describedBy: installation.settings.tenants)
                if !yes { try Self.confirm(record.slug) }
            }
            let done = try await Self.letGo(of: tenant, installation)
            try installation.output.show(DeletedTenantRow(done)) { DeletedTenantRow(done).words }
        }
    }

    /// Begins it, or goes on with what was begun, and sees it through.
    private static func letGo(of tenant: String, _ installation: Installation) async throws -> PlatformOperation {
        let offboarding = installation.offboarding(files: TenantFilesInForce())
        guard case .begun(let operation) = try await offboarding.begin(tenant, by: installation.hostAuthor) else {
            throw NoSuchTenant(tenant)
        }
        let progress = Progress(isShown: !installation.settings.json)
        return try await offboarding.run(operation.id) { progress.show($0.progressLine) }
    }

    /// Refuses a tenant that a file of this folder describes, sound or not: it would come back.
    private static func refuse(_ slug: String, describedBy folder: String) throws {
        for ending in ["yaml", "yml"] where FileManager.default.fileExists(atPath: "\(folder)/\(slug).\(ending)") {
            Output.complain(
                "\(folder)/\(slug).\(ending) describes the tenant; remove the file, let the servers read the files again "
                    + "(SIGHUP), and repeat this")
            throw ExitCode.refused
        }
    }

    private static func confirm(_ slug: String) throws {
        try FileHandle.standardError.write(
            contentsOf: Data(
                """
                This removes the tenant \(slug) with all its people, keys and events, for good.
                Type its slug to go on: 
                """.utf8))
        guard readLine() == slug else {
            Output.complain("nothing was done")
            throw ExitCode.refused
        }
    }
}

/// `gatehouse tenants receipt`: says whether a receipt is this installation's, and what it says.
struct TenantReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Verify the receipt of a deletion, and show what it says.",
        discussion: "Receipts that were signed with the present context key or the previous one can be verified here."
    )

    @OptionGroup var options: ProcessOptions

    @Argument(help: "The file that holds the receipt; - for standard input.")
    var file: String

    func run() async throws {
        try await Installation.use(options) { [file] installation in
            let text = try Self.read(file).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let receipt = try await installation.kernel.deletionReceipts.read(text) else {
                Output.complain("this is no receipt that this installation has signed with the keys it has")
                throw ExitCode.refused
            }
            try installation.output.show(ReceiptRow(receipt)) { ReceiptRow(receipt).words }
        }
    }

    private static func read(_ file: String) throws -> String {
        do {
            let handle = file == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: file))
            return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        } catch {
            Output.complain("\(file) cannot be read")
            throw ExitCode.unreachable
        }
    }
}

extension Installation {
    /// Lets go of tenants as this process does.
    func offboarding(files: TenantFilesInForce, registry: TenantRegistry? = nil) -> Offboarding {
        Offboarding(
            kernel: kernel, platform: stores.platform, databases: stores.tenants, files: files, registry: registry,
            logger: logger)
    }
}

extension PlatformOperation {
    /// How far it is, in one line.
    var progressLine: String {
        guard keysDestroyedAt != nil else { return "\(slug): destroying its keys" }
        guard let estimate else { return "\(slug): its keys are destroyed; counting its rows" }
        guard rowsRemoved < estimate else {
            return "\(slug): removed \(rowsRemoved) rows; waiting for what is under way"
        }
        return "\(slug): \(Progress.bar(rowsRemoved, of: estimate)) rows"
    }
}

/// A tenant that is gone, as the command prints it.
private struct DeletedTenantRow: Encodable {
    let operationID: OperationID
    let tenantID: TenantID
    let slug: String
    let state: String
    let rowsRemoved: Int
    let tables: [String: Int]
    let receipt: String?
    let finishedAt: Date?

    private enum CodingKeys: String, CodingKey {
        case operationID = "operationId"
        case tenantID = "tenantId"
        case slug, state, rowsRemoved, tables, receipt, finishedAt
    }

    init(_ operation: PlatformOperation) {
        operationID = operation.id
        tenantID = operation.tenant
        slug = operation.slug
        state = operation.state.rawValue
        rowsRemoved = operation.rowsRemoved
        tables = operation.counts
        receipt = operation.receipt
        finishedAt = operation.finishedAt
    }

    var words: String {
        """
        \(slug) is gone: \(rowsRemoved) rows of \(tables.count) tables, after its keys were destroyed.
        Keep the receipt:
        \(receipt ?? "")
        """
    }
}

/// A receipt as the command prints it.
private struct ReceiptRow: Encodable {
    let operationID: OperationID
    let tenantID: TenantID
    let slug: String
    let rows: [String: Int]
    let lastEvent: EventID?
    let events: Int
    let keyDestroyedAt: String
    let startedAt: String
    let finishedAt: String

    private enum CodingKeys: String, CodingKey {
        case operationID = "operationId"
        case tenantID = "tenantId"
        case slug, rows, lastEvent, events, keyDestroyedAt, startedAt, finishedAt
    }

    init(_ receipt: DeletionReceipt) {
        operationID = receipt.operation
        tenantID = receipt.tenant
        slug = receipt.slug
        rows = receipt.rows
        lastEvent = receipt.auditHead?.lastEvent
        events = receipt.auditHead?.count ?? 0
        keyDestroyedAt = receipt.keyDestroyedAt
        startedAt = receipt.startedAt
        finishedAt = receipt.finishedAt
    }

    var words: String {
        let tables = rows.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        return """
            This installation signed it.
            tenant          \(slug) (\(tenantID))
            operation       \(operationID)
            keys destroyed  \(keyDestroyedAt)
            begun           \(startedAt)
            finished        \(finishedAt)
            audit trail     \(events) events, the last \(lastEvent.map(String.init(describing:)) ?? "none")
            rows removed    \(rows.values.reduce(0, +))
            """ + (tables.isEmpty ? "" : "\n" + tables.joined(separator: "\n"))
    }
}
