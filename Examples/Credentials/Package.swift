// swift-tools-version: 6.2
import PackageDescription

// Your own package names a released version instead of a path:
// .package(url: "https://git.example.com/gatehouse", from: "1.0.0")
let package = Package(
    name: "credentials",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "gatehouse", path: "../..")],
    targets: [
        .target(
            name: "SystemdCredentials",
            dependencies: [.product(name: "PluginKit", package: "gatehouse")]),
        .executableTarget(
            name: "our-gatehouse",
            dependencies: ["SystemdCredentials", .product(name: "GatehouseProgram", package: "gatehouse")]),
        .testTarget(
            name: "SystemdCredentialsTests",
            dependencies: [
                "SystemdCredentials",
                .product(name: "PluginKit", package: "gatehouse"),
                .product(name: "PluginTesting", package: "gatehouse"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
