import Cryptography
import Foundation
import Kernel
import PluginKit

/// Seals and opens the profiles of a few people, cell by cell on one thread; and the same bytes by the cipher alone.
struct SealedCells {
    private struct Profile {
        let user: UserID
        let texts: [(column: CellColumn, text: [UInt8])]
    }

    /// The bytes that the keyring authenticates with each cell: where it stands, and under which key.
    private static let associatedData = [UInt8](repeating: 7, count: 89)

    private let key: KeyBytes
    private let keyring: TenantKeyring
    private let profiles: [Profile]

    init() throws {
        let now = Date.now
        key = KeyBytes(try Randomness.bytes(AES256GCM.keySizeBytes))
        keyring = TenantKeyring(tenant: .make(at: now), only: key, at: now)
        profiles = (0..<64).map { number in
            let texts = [
                (CellColumn.login, "person-\(number)@bench.example"), (.displayName, "Person Number \(number)"),
                (.sessionOrigin, #"{"address":"10.0.0.\#(number)","agent":"Mozilla/5.0 (X11; Linux x86_64)"}"#),
            ]
            return Profile(user: .make(at: now), texts: texts.map { ($0, Array($1.utf8)) })
        }
    }

    /// Measures each of the four for `seconds`; what is compared follows one another.
    func measure(for seconds: Double) throws -> [Scenario: Figures] {
        let sealed = try map { try keyring.seal($0, at: $1) }
        let bare = try map { text, _ in try AES256GCM.seal(text, key: key, authenticating: Self.associatedData) }
        var figures: [Scenario: Figures] = [:]
        figures[.bareSeal] = try rate(for: seconds) {
            _ = try map { text, _ in try AES256GCM.seal(text, key: key, authenticating: Self.associatedData) }
        }
        figures[.sealCells] = try rate(for: seconds) { _ = try map { try keyring.seal($0, at: $1) } }
        figures[.bareOpen] = try rate(for: seconds) {
            for text in bare { _ = try AES256GCM.open(text, key: key, authenticating: Self.associatedData) }
        }
        figures[.openCells] = try rate(for: seconds) {
            var values = sealed.makeIterator()
            _ = try map { try keyring.open(values.next() ?? $0, at: $1) }
        }
        return figures
    }

    /// What `transform` makes of every text and the place where it stands.
    private func map(_ transform: (_ text: [UInt8], _ cell: Cell) throws -> [UInt8]) rethrows -> [[UInt8]] {
        try profiles.flatMap { profile in
            try profile.texts.map { try transform($0.text, Cell($0.column, row: profile.user)) }
        }
    }

    /// Does `work`, which handles every cell once, until it took the processor for `seconds`.
    ///
    /// By the time of the processor, since others who use the machine would be in the way of so small a cost.
    private func rate(for seconds: Double, _ work: () throws -> Void) rethrows -> Figures {
        let start = Self.processorSeconds()
        var count = 0
        var spent = 0.0
        while spent < seconds {
            try work()
            count += profiles.count * 3
            spent = Self.processorSeconds() - start
        }
        return Figures(ratePerSecond: Double(count) / spent)
    }

    /// What this thread had of the processor so far.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
