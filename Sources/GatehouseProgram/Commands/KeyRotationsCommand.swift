import ArgumentParser
import Kernel
import PluginKit

/// `gatehouse keys rotations`: how far rotations have come, and who still uses old secrets.
struct KeyRotationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotations", abstract: "Show how far rotations have come, and who still uses old secrets.")

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "How many, the newest first.")
    var limit = 20

    func run() async throws {
        try await Installation.use(options) { [tenant, limit] installation in
            let rows = try await installation.withKeys(of: tenant) { tenant, _ in
                let rotations = try await installation.kernel.keyRotations(of: tenant)
                var rows: [KeyRotationRow] = []
                for rotation in try await rotations.list(before: nil, limit: max(1, min(limit, 200))) {
                    let inUse =
                        rotation.progress.oldInUse > 0 ? try await rotations.oldSecretsInUse(in: rotation.id) : []
                    let skipped =
                        rotation.progress.skipped > 0 ? try await rotations.skippedKeys(in: rotation.id) : []
                    rows.append(KeyRotationRow(rotation, skipped: skipped, inUse: inUse))
                }
                return rows
            }
            try installation.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
        }
    }
}

/// `gatehouse keys finish`: from here on, only the new secrets are good.
struct FinishRotationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish",
        abstract: "End the overlap of a rotation now: only the new secrets are good from here on.")

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: RotationChoice

    func run() async throws {
        try await choice.settle(
            options, key: { try await $0.finishRotation(of: $1, by: $2) }, rotation: { try await $0.finish($1, by: $2) }
        )
    }
}

/// `gatehouse keys cancel`: takes a rotation back.
struct CancelRotationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Take a rotation back: old secrets that are good still stay, new ones are dropped.")

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: RotationChoice

    func run() async throws {
        try await choice.settle(
            options, key: { try await $0.cancelRotation(of: $1, by: $2) }, rotation: { try await $0.cancel($1, by: $2) }
        )
    }
}

/// Which rotation a command is about.
struct RotationChoice: ParsableArguments {
    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "The rotation of one key, by the key's id.")
    var key: String?

    @Option(help: "A rotation of many keys: rot_…")
    var rotation: String?

    func validate() throws {
        guard (key == nil) != (rotation == nil) else { throw ValidationError("Name one of --key and --rotation.") }
    }

    /// Does `key` to the one key, or `rotation` to the rotation, and shows what came of it.
    func settle(
        _ options: ProcessOptions,
        key settleKey: @escaping @Sendable (APIKeys, KeyID, Caller) async throws -> Outcome<APIKey>,
        rotation settleRotation:
            @escaping @Sendable (KeyRotations, KeyRotationID, Caller) async throws -> Outcome<KeyRotationRecord>
    ) async throws {
        let one: KeyID? = try key.map { try KeyArguments.id($0, option: "--key") }
        let many: KeyRotationID? = try rotation.map { try KeyArguments.id($0, option: "--rotation") }
        try await Installation.use(options) { [tenant] installation in
            if let one { try await installation.settleKey(of: tenant) { try await settleKey($0, one, $1) } }
            guard let many else { return }
            let row = try await installation.withKeys(of: tenant) { tenant, caller in
                let rotations = try await installation.kernel.keyRotations(of: tenant)
                let record = try KeyArguments.value(try await settleRotation(rotations, many, caller))
                return KeyRotationRow(
                    record, skipped: try await rotations.skippedKeys(in: many),
                    inUse: try await rotations.oldSecretsInUse(in: many))
            }
            try installation.output.show(row) { row.words }
        }
    }
}
