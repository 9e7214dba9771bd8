/// A rule of secret backends broken on purpose, or none.
protocol Flaw: Sendable {
    static var takesAnyName: Bool { get }
    static var keepsFirst: Bool { get }
    static var forgets: Bool { get }
    static var breaks: Bool { get }
    static var servesOne: Bool { get }
    static var isImpatient: Bool { get }
    static var isPoisoned: Bool { get }
    static var showsAll: Bool { get }
    /// Whether the flaw shows in something that comes too late or never.
    static var isLate: Bool { get }
    static var waiting: Patience { get }
    static var limit: Int { get }
    static func quote(_ value: [UInt8]) -> String
    static func alter(_ value: [UInt8]?) -> [UInt8]?
    static func version(_ value: [UInt8], _ look: Int) -> String
}

/// How a backend waits for something slow.
enum Patience {
    case inPeace, inOrder, forGood
}

extension Flaw {
    static var takesAnyName: Bool { false }
    static var keepsFirst: Bool { false }
    static var forgets: Bool { false }
    static var breaks: Bool { false }
    static var servesOne: Bool { false }
    static var isImpatient: Bool { false }
    static var isPoisoned: Bool { false }
    static var showsAll: Bool { false }
    static var isLate: Bool { false }
    static var waiting: Patience { .inPeace }
    static var limit: Int { .max }
    static func quote(_ value: [UInt8]) -> String { "" }
    static func alter(_ value: [UInt8]?) -> [UInt8]? { value }
    static func version(_ value: [UInt8], _ look: Int) -> String { "\(value.hashValue)" }
}

enum NoFlaw: Flaw {}

// Names and values.
enum AnyNameFlaw: Flaw { static let takesAnyName = true }
enum InventionFlaw: Flaw { static func alter(_ value: [UInt8]?) -> [UInt8]? { value ?? [1] } }
enum TrimFlaw: Flaw { static func alter(_ value: [UInt8]?) -> [UInt8]? { value?.filter { $0 != 0x20 } } }
enum CutFlaw: Flaw { static func alter(_ value: [UInt8]?) -> [UInt8]? { value.map { Array($0.prefix(1 << 16)) } } }
enum HugeIsNoneFlaw: Flaw {
    static func alter(_ value: [UInt8]?) -> [UInt8]? { value.flatMap { $0.count > 1 << 16 ? nil : $0 } }
}
enum TextFlaw: Flaw {
    static func alter(_ value: [UInt8]?) -> [UInt8]? { value.map { Array(String(decoding: $0, as: UTF8.self).utf8) } }
}
enum SmallFlaw: Flaw { static let limit = 1 << 14 }
enum QuotingFlaw: Flaw {
    static let limit = 1 << 14
    static func quote(_ value: [UInt8]) -> String { String(decoding: value.prefix(100), as: UTF8.self) }
}

// Changes and failures.
enum StaleFlaw: Flaw {
    static let keepsFirst = true
    static func version(_ value: [UInt8], _ look: Int) -> String { "1" }
}
enum OneVersionFlaw: Flaw { static func version(_ value: [UInt8], _ look: Int) -> String { "1" } }
enum RestlessFlaw: Flaw { static func version(_ value: [UInt8], _ look: Int) -> String { "\(look)" } }
enum ForgetFlaw: Flaw { static let forgets = true }
enum BreakFlaw: Flaw { static let breaks = true }

// Load and cancellation.
enum NarrowFlaw: Flaw { static let servesOne = true }
enum ImpatientFlaw: Flaw { static let isImpatient = true }
enum QueueFlaw: Flaw {
    static let waiting = Patience.inOrder
    static let isLate = true
}
enum StubbornFlaw: Flaw {
    static let waiting = Patience.forGood
    static let isLate = true
}
enum PoisonFlaw: Flaw { static let isPoisoned = true }

// Silence.
enum TalkativeFlaw: Flaw {
    static func version(_ value: [UInt8], _ look: Int) -> String {
        String(decoding: value.prefix(100), as: UTF8.self)
    }
}
enum ShowingFlaw: Flaw { static let showsAll = true }
