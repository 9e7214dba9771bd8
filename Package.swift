// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "gatehouse",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "gatehouse", targets: ["gatehouse"]),
        // For plugins in packages of their own; Examples/Credentials is one.
        .library(name: "PluginKit", targets: ["PluginKit"]),
        .library(name: "PluginTesting", targets: ["PluginTesting"]),
        .library(name: "GatehouseProgram", targets: ["GatehouseProgram"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries of the system, as Debian packages them.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CCrack", providers: [.apt(["libcrack2-dev"])]),
        .systemLibrary(name: "COATH", pkgConfig: "liboath", providers: [.apt(["liboath-dev"])]),
        .systemLibrary(name: "CQRCode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        // Part of the C library itself.
        .systemLibrary(name: "CResolv"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // What a plugin compiles against, and what tells its author whether it behaves.
        .target(name: "PluginKit", dependencies: [.logging]),
        .target(
            name: "PluginTesting",
            dependencies: ["PluginKit", .crypto, .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL]),

        // The kernel and its two sides: the database below, HTTP above.
        .target(name: "Cryptography", dependencies: ["COpenSSL"]),
        .target(
            name: "Kernel",
            dependencies: ["PluginKit", "Cryptography", .jwtKit, .yams, .logging, .metrics, .crypto, .cryptoExtras]
        ),
        .target(
            name: "MigrationFiles",
            path: "migrations",
            resources: [.embedInCode("roles.sql"), .embedInCode("sql")]
        ),
        .target(name: "PostgresStore", dependencies: ["PluginKit", "CLibPQ", "MigrationFiles", .logging, .metrics]),
        .target(
            name: "WebAPI",
            dependencies: [
                "Kernel", "PluginKit", .coreMetrics, .httpTypes, .hummingbird, .hummingbirdCore, .hummingbirdTLS,
                .lifecycle, .logging, .metrics, .nioCore, .nioHTTP1, .nioHTTPTypes, .nioSSL,
            ],
            resources: [.embedInCode("openapi.yaml"), .embedInCode("Pages")]
        ),

        // Providers: one folder each, and one line in StandardPlugins.swift.
        .plugin(target: "APIKeys", dependencies: ["CZlib"]),
        .plugin(target: "EnvironmentSecrets"),
        .plugin(target: "FileSecrets"),
        .plugin(target: "PasswordLogin", dependencies: ["CArgon2", "CCrypt", "CCrack", "COpenSSL"]),
        .plugin(target: "RecoveryCodes", dependencies: ["COpenSSL"]),
        .plugin(target: "TOTPFactor", dependencies: ["COATH", "CQRCode"]),
        .plugin(
            target: "VaultSecrets",
            dependencies: [.asyncHTTPClient, .crypto, .metrics, .nioCore, .nioHTTP1, .nioPosix, .nioSSL]),

        // Every command, and the one place where the parts are put together.
        .target(
            name: "GatehouseProgram",
            dependencies: [
                "CResolv", "PluginKit", "Kernel", "Cryptography", "PostgresStore", "WebAPI", "APIKeys",
                "EnvironmentSecrets",
                "FileSecrets", "PasswordLogin", "RecoveryCodes", "TOTPFactor", "VaultSecrets", .argumentParser,
                .asyncHTTPClient, .configuration,
                .lifecycle, .logging, .metrics, .nioCore, .nioHTTP1, .nioPosix, .unixSignals,
            ]
        ),

        .executableTarget(name: "gatehouse", dependencies: ["GatehouseProgram"]),

        // Speed as ratios; see Benchmarks/README.md.
        .executableTarget(
            name: "gatehouse-benchmark",
            dependencies: ["CArgon2", "Cryptography", "Kernel", "PluginKit", .argumentParser],
            path: "Benchmarks/Sources"),

        // Tests mirror Sources and Plugins, target for target.
        .testTarget(name: "PluginKitTests", dependencies: ["PluginKit", "PluginTesting"]),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], resources: [.copy("Vectors")]),
        .testTarget(name: "APIKeysTests", dependencies: ["APIKeys", "PluginKit", "PluginTesting"]),
        .testTarget(
            name: "EnvironmentSecretsTests", dependencies: ["EnvironmentSecrets", "PluginKit", "PluginTesting"]),
        .testTarget(name: "FileSecretsTests", dependencies: ["FileSecrets", "PluginKit", "PluginTesting", .logging]),
        .testTarget(name: "PasswordLoginTests", dependencies: ["PasswordLogin", "PluginKit", "PluginTesting"]),
        .testTarget(name: "RecoveryCodesTests", dependencies: ["RecoveryCodes", "PluginKit", "PluginTesting"]),
        .testTarget(
            name: "TOTPFactorTests", dependencies: ["TOTPFactor", "PluginKit", "PluginTesting"],
            resources: [.copy("Vectors")]),
        .testTarget(
            name: "VaultSecretsTests",
            dependencies: [
                "VaultSecrets", "PluginKit", "PluginTesting", .asyncHTTPClient, .coreMetrics, .logging, .metrics,
                .metricsTestKit, .nioCore, .nioHTTP1, .nioSSL,
            ]),
        .testTarget(
            name: "PluginTestingTests",
            dependencies: ["PluginTesting", .nioCore, .nioHTTP1, .nioPosix, .nioSSL],
            resources: [.copy("Recordings")]),
        // A Vault for journeys; see PluginTesting.
        .executableTarget(name: "vault-double", dependencies: ["PluginTesting"], path: "Tests/VaultDouble"),
        .testTarget(
            name: "PostgresStoreTests",
            dependencies: ["PostgresStore", "PluginKit", "MigrationFiles", .logging]
        ),
        .target(
            name: "DatabaseTesting",
            dependencies: [
                "APIKeys", "Kernel", "Cryptography", "PasswordLogin", "PluginKit", "PluginTesting", "PostgresStore",
                "RecoveryCodes", "TOTPFactor", .logging,
            ],
            path: "Tests/DatabaseTesting"
        ),
        .testTarget(
            name: "KernelTests",
            dependencies: [
                "APIKeys", "Kernel", "Cryptography", "DatabaseTesting", "PasswordLogin", "PluginKit", "PluginTesting",
                "PostgresStore", "RecoveryCodes", "TOTPFactor", .crypto, .cryptoExtras, .jwtKit, .logging, .metrics,
                .metricsTestKit, .yams,
            ],
            exclude: ["Golden", "Keyring/Vectors", "People/login-forms.json"]
        ),
        .testTarget(
            name: "RouteTests",
            dependencies: [
                "WebAPI", "Kernel", "DatabaseTesting", "FileSecrets", "PluginKit", "PluginTesting", "VaultSecrets",
                .httpTypes, .hummingbird, .hummingbirdTesting, .logging, .yams,
            ]
        ),
        .testTarget(
            name: "WebAPITests",
            dependencies: [
                "WebAPI", "Kernel", "Cryptography", .yams, "PluginKit", .httpTypes, .hummingbird, .hummingbirdTesting,
                .lifecycle, .logging,
                .metrics, .nioCore, .nioPosix, .nioSSL,
            ]
        ),
        .testTarget(
            name: "GatehouseTests",
            dependencies: [
                "GatehouseProgram", "Cryptography", "Kernel", "PluginKit", "PluginTesting", "WebAPI", .argumentParser,
                .logging,
            ]
        ),
        .testTarget(name: "TidyTests"),

        // A plugin in a package of its own, built here with no more than such a package sees.
        .target(
            name: "SystemdCredentials", dependencies: ["PluginKit"],
            path: "Examples/Credentials/Sources/SystemdCredentials", packageAccess: false),
        .executableTarget(
            name: "our-gatehouse", dependencies: ["SystemdCredentials", "GatehouseProgram"],
            path: "Examples/Credentials/Sources/our-gatehouse", packageAccess: false),
        .testTarget(
            name: "SystemdCredentialsTests", dependencies: ["SystemdCredentials", "PluginKit", "PluginTesting"],
            path: "Examples/Credentials/Tests/SystemdCredentialsTests", packageAccess: false),
    ],
    swiftLanguageModes: [.v6]
)

extension Target {
    /// A provider plugin: it lives in `Plugins/<name>` and sees the contract, never the kernel.
    static func plugin(target name: String, dependencies: [Target.Dependency] = []) -> Target {
        .target(name: name, dependencies: ["PluginKit", .logging] + dependencies, path: "Plugins/\(name)/Sources")
    }
}

extension Target.Dependency {
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let configuration: Self = .product(name: "Configuration", package: "swift-configuration")
    static let coreMetrics: Self = .product(name: "CoreMetrics", package: "swift-metrics")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras: Self = .product(name: "CryptoExtras", package: "swift-crypto")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore: Self = .product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTLS: Self = .product(name: "HummingbirdTLS", package: "hummingbird")
    static let hummingbirdTesting: Self = .product(name: "HummingbirdTesting", package: "hummingbird")
    static let jwtKit: Self = .product(name: "JWTKit", package: "jwt-kit")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let metrics: Self = .product(name: "Metrics", package: "swift-metrics")
    static let metricsTestKit: Self = .product(name: "MetricsTestKit", package: "swift-metrics")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes: Self = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams: Self = .product(name: "Yams", package: "Yams")
}

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
}
