public import Foundation
public import Logging

/// A plugin's single entry point: it turns one tenant's settings into one working provider.
///
/// A provider value belongs to exactly one tenant. Nothing it is given can reach another tenant's
/// rows, and none of its methods takes a tenant.
///
/// A tenant is opened in this order, and served once all phases are free of problems; one that is not harms no other:
/// 1. ``Settings`` is read; every problem of every file is reported together.
/// 2. ``init(settings:context:)`` opens whatever the provider needs.
public protocol Provider: Sendable {
    associatedtype Settings: ProviderSettings

    static var name: ProviderName { get }

    /// Every statement that this provider runs, so that all of them can be checked against the schema.
    static var statements: [any Statement.Type] { get }

    init(settings: Settings, context: ProviderContext) async throws

    /// Gives back what is held open at other systems: connections, a login. Called once, when nobody new will be
    /// given this provider; whoever still works with it may call its other methods, which then do what they can.
    func close() async
}

extension Provider {
    public static var statements: [any Statement.Type] { [] }

    public func close() async {}
}

/// What a provider is called in a tenant file: `password`, `env`.
public struct ProviderName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String

    public init(stringLiteral value: StaticString) {
        rawValue = value.description
    }

    public var description: String { rawValue }
}

/// Everything a provider may use, already bound to its tenant. Kept to what providers need.
public struct ProviderContext: Sendable {
    /// The tenant's slug: for names that a person reads, such as a prefix of environment variables.
    public let tenantSlug: String
    public let database: any TenantDatabase
    public let secrets: any TenantSecrets
    public let keys: any TenantKeys
    public let hashing: any HashingPool
    /// What the tenant's document may name of the host and its network.
    public let host: HostAccess
    public let logger: Logger
    /// The time; never read the system clock instead.
    public let now: @Sendable () -> Date

    public init(
        tenantSlug: String,
        database: any TenantDatabase,
        secrets: any TenantSecrets,
        keys: any TenantKeys,
        hashing: any HashingPool,
        host: HostAccess,
        logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.tenantSlug = tenantSlug
        self.database = database
        self.secrets = secrets
        self.keys = keys
        self.hashing = hashing
        self.host = host
        self.logger = logger
        self.now = now
    }
}

/// Threads for work that takes long on purpose, such as password hashing; shared fairly between tenants.
public protocol HashingPool: Sendable {
    /// Runs `work` on a thread of the pool.
    ///
    /// - Throws: ``Overloaded`` at once where too much is waiting already; else what `work` throws.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value
}

/// Too much is waiting; the caller may try again. Answered to clients as 503 `overloaded`.
public struct Overloaded: Error, Sendable, CustomStringConvertible {
    /// What was full: "the hashing pool".
    public let what: String

    public init(what: String) {
        self.what = what
    }

    public var description: String { "\(what) is full" }
}
