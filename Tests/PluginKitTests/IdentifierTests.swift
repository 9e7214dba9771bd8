import Foundation
import PluginKit
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    private let time = Date(timeIntervalSince1970: 1_750_000_000)

    @Test("read back what they write")
    func roundTrip() throws {
        for _ in 0..<200 {
            let user = UserID.make(at: time)
            #expect(UserID(user.description) == user)
            #expect(try JSONDecoder().decode(UserID.self, from: JSONEncoder().encode(user)) == user)
            #expect(UUID(bytes: user.rawValue.byteArray) == user.rawValue)
        }
    }

    @Test("are written as prefix, underscore and 26 characters")
    func form() {
        let lowest = UserID(rawValue: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        #expect(lowest.description == "usr_00000000000000000000000000")
        let highest = TenantID(
            rawValue: UUID(uuid: (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)))
        #expect(highest.description == "ten_7zzzzzzzzzzzzzzzzzzzzzzzzz")
    }

    @Test("are UUIDs of version 7 that carry the millisecond")
    func version() {
        let bytes = UserID.make(at: time).rawValue.byteArray
        #expect(bytes[6] >> 4 == 7)
        #expect(bytes[8] >> 6 == 0b10)
        #expect(bytes.prefix(6).reduce(0) { $0 << 8 | Int($1) } == 1_750_000_000_000)
    }

    @Test("sort by the time of their making, as values and as text")
    func order() {
        // In the middle of each millisecond, where rounding cannot move it into another.
        let made = (0..<200).map { UserID.make(at: time.addingTimeInterval((Double($0) + 0.5) / 1000)) }
        #expect(made.sorted() == made)
        #expect(made.map(\.description).sorted() == made.map(\.description))
    }

    @Test("differ although made in one millisecond")
    func uniqueness() {
        #expect(Set((0..<1000).map { _ in UserID.make(at: time) }).count == 1000)
    }

    @Test(
        "are refused when written in any other way",
        arguments: [
            "", "usr_", "usr", "ten_00000000000000000000000000", "USR_00000000000000000000000000",
            "usr_0000000000000000000000000", "usr_000000000000000000000000000", "usr_80000000000000000000000000",
            "usr_0000000000000000000000000A", "usr_0000000000000000000000000i", "usr_0000000000000000000000000l",
            "usr_0000000000000000000000000o", "usr_0000000000000000000000000u", "usr-00000000000000000000000000",
            " usr_00000000000000000000000000", "usr_00000000000000000000000000\n",
            "usr_0000000000000000000000000\u{ff10}",
            "00000000-0000-0000-0000-000000000000",
        ])
    func otherForms(text: String) {
        #expect(UserID(text) == nil)
        #expect(throws: (any Error).self) { try JSONDecoder().decode(UserID.self, from: JSONEncoder().encode(text)) }
    }

    @Test("are not made of any number of bytes but sixteen", arguments: [0, 15, 17])
    func wrongSize(count: Int) {
        #expect(UUID(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }
}
