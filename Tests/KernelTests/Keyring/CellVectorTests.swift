import Cryptography
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// Fixed vectors that another implementation computed; `Tests/journeys/vectors.py` computes them again.
@Suite("What is stored, byte for byte")
struct CellVectorTests {
    @Test("a sealed value is what the vectors say, and opens as nothing but what it is")
    func cells() throws {
        for vector in try VectorFile<CellVector>.read("sealed-cells") {
            let keyring = try vector.keyring()
            let cell = vector.cellPlace
            #expect(try keyring.open(vector.cell.bytes, at: cell) == vector.plaintext.bytes, "\(vector.name)")
            let aad = cell.associatedData(tenant: keyring.tenant, key: keyring.active)
            #expect(aad == vector.associatedData.bytes, "\(vector.name)")
            let elsewhere = Cell(cell.column, row: cell.row, version: (cell.version ?? 0) + 1)
            #expect(throws: CryptographyError.notAuthentic, "\(vector.name)") {
                try keyring.open(vector.cell.bytes, at: elsewhere)
            }
        }
    }

    @Test("a keyed hash is what the vectors say, for every purpose")
    func hashes() throws {
        let vectors = try VectorFile<HashVector>.read("keyed-hashes")
        for vector in vectors {
            let purpose = try #require(TenantKeyring.Purpose(rawValue: vector.purpose))
            let keyring = try TenantKeyring.made(tenant: vector.tenant.bytes, key: vector.dataKey.bytes)
            let code = try keyring.authenticator(for: purpose)(vector.message.bytes)
            #expect(code == vector.code.bytes, "\(vector.name)")
        }
        #expect(Set(vectors.map(\.purpose)) == Set(TenantKeyring.Purpose.allCases.map(\.rawValue)))
        #expect(Set(vectors.map(\.code.bytes)).count == vectors.count)
    }

    @Test("a wrapped data key is what the vectors say, and bound to its tenant and its name")
    func wrappedKeys() throws {
        for vector in try VectorFile<WrappedVector>.read("wrapped-data-keys") {
            let wrapper = try KeyEncryptionKeys([KeyBytes(vector.keyEncryptionKey.bytes)])
            #expect(wrapper.currentKeyID() == vector.keyEncryptionKeyID, "\(vector.name)")
            let wrapped = WrappedKey(wrapperKeyID: vector.keyEncryptionKeyID, bytes: vector.wrapped.bytes)
            let (tenant, key) = (try vector.tenant.uuid(), try vector.keyID.uuid())
            func open(_ tenant: UUID, _ key: UUID) throws -> [UInt8] {
                let binding = StoredDataKey.binding(tenant: TenantID(rawValue: tenant), key: DataKeyID(rawValue: key))
                return try wrapper.unwrap(wrapped, binding: binding).withExposedBytes { Array($0) }
            }
            #expect(try open(tenant, key) == vector.dataKey.bytes, "\(vector.name)")
            #expect(throws: KeyWrapperError.self, "\(vector.name)") { try open(key, tenant) }
            #expect(throws: KeyWrapperError.self, "\(vector.name)") { try open(tenant, tenant) }
        }
    }
}

private struct CellVector: Decodable {
    let name: String
    let tenant, dataKey, keyID, row, plaintext, associatedData, cell: HexBytes
    let column: UInt32
    let version: Int64?

    var cellPlace: Cell { Cell(CellColumn(number: column), row: row.bytes, version: version) }

    func keyring() throws -> TenantKeyring {
        try .made(tenant: tenant.bytes, key: dataKey.bytes, id: keyID.bytes)
    }
}

private struct HashVector: Decodable {
    let name, purpose: String
    let tenant, dataKey, message, code: HexBytes
}

private struct WrappedVector: Decodable {
    let name, keyEncryptionKeyID: String
    let keyEncryptionKey, tenant, keyID, dataKey, wrapped: HexBytes
}

/// A file of vectors: `{"source": …, "cases": […]}`, bytes in hexadecimal.
private struct VectorFile<Case: Decodable>: Decodable {
    let cases: [Case]

    static func read(_ name: String) throws -> [Case] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        let data = try Data(contentsOf: folder.appending(path: "\(name).json"))
        let cases = try JSONDecoder().decode(Self.self, from: data).cases
        try #require(!cases.isEmpty)
        return cases
    }
}

private struct HexBytes: Decodable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        bytes = try #require(Hexadecimal.decode(try decoder.singleValueContainer().decode(String.self).utf8))
    }

    func uuid() throws -> UUID { try #require(UUID(bytes: bytes)) }
}

extension TenantKeyring {
    /// A keyring of one key, out of any database.
    static func made(tenant: [UInt8], key: [UInt8], id: [UInt8]? = nil) throws -> TenantKeyring {
        let now = FixedClock().now
        let name = try id.map { DataKeyID(rawValue: try #require(UUID(bytes: $0))) } ?? DataKeyID.make(at: now)
        let wrapped = WrappedKey(wrapperKeyID: "", bytes: [])
        let stored = StoredDataKey(id: name, state: .active, wrapped: wrapped, retiredAt: nil)
        let keys = [name: DataKey(stored: stored, bytes: KeyBytes(key), unwrappedAt: now)]
        return TenantKeyring(tenant: TenantID(rawValue: try #require(UUID(bytes: tenant))), keys: keys, active: name)
    }
}
