internal import CLibPQ
internal import Foundation
internal import PluginKit

/// Writes values in PostgreSQL's binary format, one after the other into one buffer.
struct ValueEncoder {
    private(set) var bytes: [UInt8] = [0]

    /// Appends a value and tells where it lies; `nil` for NULL.
    mutating func append(_ value: SQLValue) throws(DatabaseError) -> Range<Int>? {
        let start = bytes.count
        guard try write(value) else { return nil }
        return start..<bytes.count
    }

    /// Whether there was a value to write.
    private mutating func write(_ value: SQLValue) throws(DatabaseError) -> Bool {
        switch value {
        case .text(let text?): try write(text)
        case .bytes(let content?): bytes.append(contentsOf: content)
        case .int(let number?): write(number)
        case .bool(let truth?): bytes.append(truth ? 1 : 0)
        case .uuid(let uuid?): write(uuid)
        case .time(let time?): write(try PostgresTime.microseconds(of: time))
        case .texts(let texts?):
            try write(array: texts, of: TypeOID.text) { encoder, text throws(DatabaseError) in try encoder.write(text) }
        case .uuids(let uuids?):
            try write(array: uuids, of: TypeOID.uuid) { encoder, uuid throws(DatabaseError) in encoder.write(uuid) }
        default: return false
        }
        return true
    }

    private mutating func write(_ text: String) throws(DatabaseError) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        // The server refuses this too; refusing here keeps a whole transaction from being sent in vain.
        guard !bytes[start...].contains(0) else { throw .failed(sqlState: "22021") }
    }

    private mutating func write(_ uuid: UUID) {
        withUnsafeBytes(of: uuid.uuid) { bytes.append(contentsOf: $0) }
    }

    private mutating func write(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// An array of one dimension: a header, then each element behind its length.
    private mutating func write<Element>(
        array: [Element], of type: Oid, element write: (inout ValueEncoder, Element) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        self.write(Int32(array.isEmpty ? 0 : 1))
        self.write(Int32(0))
        self.write(type)
        guard !array.isEmpty else { return }
        self.write(Int32(array.count))
        self.write(Int32(1))
        for element in array {
            let lengthPosition = bytes.count
            self.write(Int32(0))
            let start = bytes.count
            try write(&self, element)
            let length = Int32(bytes.count - start)
            withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(lengthPosition..<start, with: $0) }
        }
    }
}

/// PostgreSQL's `timestamptz`: microseconds since the beginning of the year 2000, UTC.
enum PostgresTime {
    /// Foundation's reference date is the beginning of 2001; the year 2000 had 366 days.
    private static let microsecondsBeforeReference: Int64 = 366 * 86_400 * 1_000_000

    /// - Throws: ``DatabaseError/failed(sqlState:)`` with 22008 for what PostgreSQL cannot hold.
    static func microseconds(of time: Date) throws(DatabaseError) -> Int64 {
        let sinceReference = (time.timeIntervalSinceReferenceDate * 1_000_000).rounded()
        guard let whole = Int64(exactly: sinceReference) else { throw .failed(sqlState: "22008") }
        let (microseconds, overflow) = whole.addingReportingOverflow(microsecondsBeforeReference)
        guard !overflow else { throw .failed(sqlState: "22008") }
        return microseconds
    }

    /// `infinity` and `-infinity` become Foundation's distant future and past.
    static func date(microseconds: Int64) -> Date {
        switch microseconds {
        case .max: .distantFuture
        case .min: .distantPast
        default:
            Date(timeIntervalSinceReferenceDate: Double(microseconds - microsecondsBeforeReference) / 1_000_000)
        }
    }
}
