internal import CLibPQ
internal import Foundation
internal import PluginKit

/// A column's type is none that the program reads, or its bytes are not what the type promises.
struct UnreadableColumn: Error, Equatable, CustomStringConvertible {
    /// The object identifier of the column's type.
    let typeOID: UInt32

    var description: String { "a column of the type with the OID \(typeOID) cannot be read; cast it in the statement" }
}

/// Reads one value in PostgreSQL's binary format.
struct ValueDecoder {
    private let type: Oid
    private var bytes: UnsafeRawBufferPointer

    /// Reads `bytes`, a value of the type `type`; no bytes are NULL.
    static func decode(_ bytes: UnsafeRawBufferPointer?, of type: Oid) throws(UnreadableColumn) -> SQLValue {
        guard let bytes else { return try null(of: type) }
        var decoder = ValueDecoder(type: type, bytes: bytes)
        return try decoder.value()
    }

    private static func null(of type: Oid) throws(UnreadableColumn) -> SQLValue {
        switch type {
        case TypeOID.text, TypeOID.varchar, TypeOID.bpchar, TypeOID.name, TypeOID.json, TypeOID.jsonb, TypeOID.void:
            .text(nil)
        case TypeOID.bytea: .bytes(nil)
        case TypeOID.int2, TypeOID.int4, TypeOID.int8: .int(nil)
        case TypeOID.bool: .bool(nil)
        case TypeOID.uuid: .uuid(nil)
        case TypeOID.timestamptz: .time(nil)
        case TypeOID.textArray: .texts(nil)
        case TypeOID.uuidArray: .uuids(nil)
        default: throw UnreadableColumn(typeOID: type)
        }
    }

    private mutating func value() throws(UnreadableColumn) -> SQLValue {
        switch type {
        case TypeOID.text, TypeOID.varchar, TypeOID.bpchar, TypeOID.name, TypeOID.json, TypeOID.void:
            .text(String(decoding: bytes, as: UTF8.self))
        case TypeOID.jsonb: .text(try jsonb())
        case TypeOID.bytea: .bytes(Array(bytes))
        case TypeOID.int2: .int(Int64(try integer(Int16.self)))
        case TypeOID.int4: .int(Int64(try integer(Int32.self)))
        case TypeOID.int8: .int(try integer(Int64.self))
        case TypeOID.bool: .bool(try integer(UInt8.self) != 0)
        case TypeOID.uuid: .uuid(try uuid(bytes))
        case TypeOID.timestamptz: .time(PostgresTime.date(microseconds: try integer(Int64.self)))
        case TypeOID.textArray: .texts(try array().map { String(decoding: $0, as: UTF8.self) })
        case TypeOID.uuidArray: .uuids(try uuids())
        default: throw UnreadableColumn(typeOID: type)
        }
    }

    /// Takes an integer, most significant byte first, from the front.
    private mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(UnreadableColumn) -> Integer {
        Integer(bigEndian: try take(MemoryLayout<Integer>.size).loadUnaligned(as: Integer.self))
    }

    private mutating func take(_ count: Int) throws(UnreadableColumn) -> UnsafeRawBufferPointer {
        guard count >= 0, bytes.count >= count else { throw UnreadableColumn(typeOID: type) }
        defer { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: bytes.prefix(count))
    }

    private func uuid(_ bytes: UnsafeRawBufferPointer) throws(UnreadableColumn) -> UUID {
        guard let uuid = UUID(bytes: bytes) else { throw UnreadableColumn(typeOID: type) }
        return uuid
    }

    private mutating func uuids() throws(UnreadableColumn) -> [UUID] {
        var uuids: [UUID] = []
        for element in try array() { uuids.append(try uuid(element)) }
        return uuids
    }

    /// The version of the format stands before the text.
    private mutating func jsonb() throws(UnreadableColumn) -> String {
        guard try integer(UInt8.self) == 1 else { throw UnreadableColumn(typeOID: type) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The elements of an array of at most one dimension without NULLs.
    private mutating func array() throws(UnreadableColumn) -> [UnsafeRawBufferPointer] {
        let dimensions = try integer(Int32.self)
        _ = try take(2 * MemoryLayout<Int32>.size)
        guard dimensions == 1 else {
            guard dimensions == 0 else { throw UnreadableColumn(typeOID: type) }
            return []
        }
        let count = try integer(Int32.self)
        _ = try integer(Int32.self)
        var elements: [UnsafeRawBufferPointer] = []
        for _ in 0..<max(0, count) {
            let length = try integer(Int32.self)
            elements.append(try take(Int(length)))
        }
        return elements
    }
}
