import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse keys rotate`: new secrets for one key, or for all that a filter finds.
struct RotateKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give keys new secrets; the old ones stay good for the overlap.",
        discussion: """
            New keys go into the file --output, a line of JSON each, before they become good: whenever this stops, no key \
            is without a secret that somebody has. `--resume` goes on with a rotation that stopped. With --seal-for, each \
            batch is a file of its own in the folder --output, which only the holder of the certificate's private key \
            opens: openssl cms -decrypt -inform PEM -inkey key.pem -in FILE.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "One key, by its id.")
    var key: String?

    @Option(help: "Keys whose secret is at least this old: 60d.")
    var olderThan: String?

    @Option(help: "Keys that have this scope.")
    var scope: String?

    @Option(help: "Keys of this name; with * at its end, those that begin so.")
    var name: String?

    @Flag(help: "All keys of the tenant.")
    var all = false

    @Option(help: "Go on with this rotation: rot_…")
    var resume: String?

    @Option(help: "For how long the old secrets stay good. (default: as the tenant's policy has it)")
    var overlap: String?

    @Option(help: "The file for the new keys, made for its owner alone; it must not exist. (default: standard output)")
    var output: String?

    @Option(help: "A certificate in PEM, for whose holder the new keys are sealed; --output is a folder then.")
    var sealFor: String?

    func validate() throws {
        let isFiltered = olderThan != nil || scope != nil || name != nil
        let choices = [key != nil, isFiltered, all, resume != nil].count { $0 }
        guard choices == 1 else {
            throw ValidationError(
                "Say which keys: --key, --older-than/--scope/--name, --all, or --resume for a rotation that stopped.")
        }
        guard sealFor == nil || output != nil else { throw ValidationError("--seal-for needs a folder: --output.") }
    }

    func run() async throws {
        let overlapSeconds = try overlap.map { try KeyArguments.seconds($0, option: "--overlap") }
        let filter = KeyFilter(
            olderThanSeconds: try olderThan.map { try KeyArguments.seconds($0, option: "--older-than") },
            scope: try scope.map(KeyArguments.scope), name: name)
        let one: KeyID? = try key.map { try KeyArguments.id($0, option: "--key") }
        let resumed: KeyRotationID? = try resume.map { try KeyArguments.id($0, option: "--resume") }
        let handOut = try KeyHandOut.open(output, certificate: sealFor)
        try await Installation.use(options) { [tenant] installation in
            let work = BulkRotation(installation: installation, handOut: handOut)
            let row = try await installation.withKeys(of: tenant) { tenant, caller in
                if let one { return try await work.rotate(one, overlapSeconds, of: tenant, by: caller) }
                return try await work.rotate(
                    filter, resumed: resumed, overlapSeconds, of: tenant, by: caller)
            }
            try handOut.showEnd(row, on: installation.output)
        }
    }
}

/// The rotation of keys from the command line.
private struct BulkRotation: Sendable {
    let installation: Installation
    let handOut: KeyHandOut

    /// Rotates one key, as a rotation of its own.
    func rotate(
        _ key: KeyID, _ overlapSeconds: Int?, of tenant: Tenant, by caller: Caller
    ) async throws -> KeyRotationRow {
        let keys = try await installation.kernel.apiKeys(of: tenant)
        let handOut = handOut
        let outcome = try await keys.rotate(key, overlapSeconds: overlapSeconds, by: caller) {
            try handOut.add($0)
            try handOut.finishBatch()
        }
        let rotated = try KeyArguments.value(outcome)
        return try await row(of: rotated.rotation, in: try await installation.kernel.keyRotations(of: tenant))
    }

    /// Rotates what a filter finds, or goes on with a rotation that stopped.
    func rotate(
        _ filter: KeyFilter, resumed: KeyRotationID?, _ overlapSeconds: Int?, of tenant: Tenant, by caller: Caller
    ) async throws -> KeyRotationRow {
        let rotations = try await installation.kernel.keyRotations(of: tenant)
        let id: KeyRotationID
        if let resumed {
            id = resumed
        } else {
            let started = try await rotations.start(filter, overlapSeconds: overlapSeconds, by: caller)
            id = try KeyArguments.value(started).id
        }
        Output.complain(
            "rotation \(id); should this stop: gatehouse keys rotate --tenant \(tenant.slug) --resume \(id)")
        try await advance(id, of: rotations, by: caller)
        return try await row(of: id, in: rotations)
    }

    private func advance(_ id: KeyRotationID, of rotations: KeyRotations, by caller: Caller) async throws {
        guard let begun = try await rotations.rotation(id) else {
            Output.complain("there is no rotation \(id)")
            throw ExitCode.refused
        }
        let progress = Progress(isShown: !installation.settings.json)
        var done = begun.progress.total - begun.progress.pending
        let handOut = handOut
        while true {
            // A sealed file is one key's, so that nothing is good before it is in a file.
            let outcome = try await rotations.advance(id, limit: 20, by: caller) {
                try handOut.add($0)
                try handOut.finishBatch()
            }
            let rotated = try KeyArguments.value(outcome)
            done += rotated.count
            progress.showBar(done, of: begun.progress.total)
            if rotated.isEmpty { return }
        }
    }

    private func row(of id: KeyRotationID, in rotations: KeyRotations) async throws -> KeyRotationRow {
        guard let rotation = try await rotations.rotation(id) else { throw ExitCode.refused }
        return KeyRotationRow(rotation, inUse: try await rotations.oldSecretsInUse(in: id))
    }
}
