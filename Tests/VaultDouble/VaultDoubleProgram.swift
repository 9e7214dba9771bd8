import Foundation
import PluginTesting

/// `vault-double [--port N] [--root-token T]`: serves a double of Vault until SIGTERM or SIGINT.
///
/// One line on standard output says where: `{"event":"ready","address":…,"token":…}`.
@main
struct VaultDoubleProgram {
    static func main() async throws {
        let double = try await VaultDouble.start(configuration(from: CommandLine.arguments.dropFirst()))
        try announce(double)
        await stopSignal()
        await double.stop()
    }

    private static func configuration(from arguments: ArraySlice<String>) throws -> VaultDouble.Configuration {
        var configuration = VaultDouble.Configuration()
        var rest = arguments
        while let name = rest.popFirst() {
            let value = rest.popFirst()
            switch (name, value, value.flatMap { Int($0) }) {
            case ("--port", _, let port?): configuration.port = port
            case ("--root-token", let token?, _): configuration.rootToken = token
            default: throw UsageError(argument: name)
            }
        }
        return configuration
    }

    private static func announce(_ double: VaultDouble) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(["event": "ready", "address": double.address, "token": double.rootToken])
        try FileHandle.standardOutput.write(contentsOf: line + Data("\n".utf8))
    }

    private static func stopSignal() async {
        let (signals, end) = AsyncStream.makeStream(of: Void.self)
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { end.finish() }
            source.resume()
            return source
        }
        for await _ in signals {}
        sources.forEach { $0.cancel() }
    }
}

/// An argument that the program does not know, or one without its value.
struct UsageError: Error, CustomStringConvertible {
    let argument: String

    var description: String { "reading the arguments: \(argument); known are --port NUMBER and --root-token TEXT" }
}
