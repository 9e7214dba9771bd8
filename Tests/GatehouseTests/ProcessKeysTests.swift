import Cryptography
import Foundation
import Logging
import PluginKit
import Testing

@testable import GatehouseProgram

@Suite("Process keys") final class ProcessKeysTests: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UInt64.random(in: 0 ... .max))")
        .path
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func load(
        mayCreate: Bool, from location: ProcessSecretsLocation? = nil, environment: [String: String] = [:]
    ) async throws -> ProcessKeys {
        let location = location ?? .folder(folder)
        if mayCreate { try ProcessKeys.createMissing(in: location, logger: silent) }
        return try await ProcessKeys.read(
            from: try await ProcessSecrets.open(location, environment: environment, logger: silent))
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("the first start makes keys that only their owner reads, and the next start finds the same")
    func creation() async throws {
        let made = try await load(mayCreate: true)
        #expect(try mode(folder) == 0o700)
        #expect(try mode(folder + "/context-key") == 0o600)
        #expect(try mode(folder + "/key-encryption-key") == 0o600)
        let found = try await load(mayCreate: true)
        #expect(made.context.count == 1)
        #expect(made.context[0].matches(found.context[0]))
        #expect(made.context[0].count == ProcessKeys.sizeBytes)
    }

    @Test("a missing key stops the start with the command that makes it")
    func missing() async throws {
        let error = try await #require(throws: ProcessKeysError.self) { try await load(mayCreate: false) }
        #expect(error.description.contains("openssl rand -hex 32 > \(folder)/context-key"))
        let variable = try await #require(throws: ProcessKeysError.self) {
            try await load(mayCreate: true, from: .environment)
        }
        #expect(variable.description.contains("GATEHOUSE_CONTEXT_KEY"))
    }

    @Test(
        "a key that is not 64 hexadecimal digits is refused and not repeated", arguments: ["short", "G".repeated(64)])
    func unusable(text: String) async throws {
        let environment = ["GATEHOUSE_CONTEXT_KEY": text, "GATEHOUSE_KEY_ENCRYPTION_KEY": "0".repeated(64)]
        let error = try await #require(throws: ProcessKeysError.self) {
            try await load(mayCreate: false, from: .environment, environment: environment)
        }
        #expect(!error.description.contains(text))
    }

    @Test("a previous key is accepted beside the current one, which comes first")
    func previous() async throws {
        let environment = [
            "GATEHOUSE_CONTEXT_KEY": "ab".repeated(32), "GATEHOUSE_CONTEXT_KEY_PREVIOUS": "cd".repeated(32),
            "GATEHOUSE_KEY_ENCRYPTION_KEY": "0".repeated(64),
        ]
        let keys = try await load(mayCreate: false, from: .environment, environment: environment)
        #expect(keys.context.count == 2)
        #expect(keys.context[0].matches(SecretBytes(repeatElement(0xAB, count: 32))))
        #expect(keys.context[1].matches(SecretBytes(repeatElement(0xCD, count: 32))))
    }

    @Test("a tenant's context is signed as the database checks it")
    func signature() throws {
        let id = try #require(UUID(uuidString: "0190A3B2-0000-7000-8000-000000000001"))
        let signed = ContextSigner(key: KeyBytes(0..<32)).signedContext(for: TenantID(rawValue: id))
        // Computed by Python's hmac over `gatehouse-tenant-v1:` and the UUID in lower case.
        let mac = "3526d0d42929b81810a632e7b84a745c5f2a7be816a92f877af0ae569a73847b"
        #expect(signed == "0190a3b2-0000-7000-8000-000000000001.\(mac)")
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
