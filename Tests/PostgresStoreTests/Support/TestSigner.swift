import Foundation
import PluginKit
import PostgresStore

/// Signs contexts with HMAC as the `openssl` program computes it, independently of what the database does.
struct TestSigner: TenantContextSigner {
    static let currentKey = SecretBytes((0..<32).map { UInt8($0) })
    static let previousKey = SecretBytes((0..<64).map { UInt8(255 - $0) })

    static let current = TestSigner(key: currentKey)
    static let previous = TestSigner(key: previousKey)

    private let keyHex: String

    init(key: SecretBytes) {
        keyHex = key.withExposedBytes { $0.map { String(format: "%02x", $0) }.joined() }
    }

    func signedContext(for tenant: TenantID) -> String {
        let uuid = tenant.rawValue.uuidString.lowercased()
        return "\(uuid).\(mac(of: "gatehouse-tenant-v1:\(uuid)"))"
    }

    func mac(of message: String) -> String {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(keyHex)", "-r"]
        (process.standardInput, process.standardOutput) = (input, output)
        guard (try? process.run()) != nil else { return "" }
        input.fileHandleForWriting.write(Data(message.utf8))
        input.fileHandleForWriting.closeFile()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return String(text.prefix(64))
    }
}

/// Gives every tenant the same answer.
struct FixedSigner: TenantContextSigner {
    let context: String

    func signedContext(for tenant: TenantID) -> String { context }
}

/// Remembers what another signer said, so that speed depends on the store.
final class CachedSigner: TenantContextSigner {
    private let contexts: [TenantID: String]

    init(_ tenants: [TenantID]) {
        contexts = Dictionary(uniqueKeysWithValues: tenants.map { ($0, TestSigner.current.signedContext(for: $0)) })
    }

    func signedContext(for tenant: TenantID) -> String { contexts[tenant] ?? "" }
}

extension TenantID {
    /// A tenant that no other test uses.
    static func fresh() -> TenantID { .make(at: Date(timeIntervalSince1970: 1_800_000_000)) }
}
