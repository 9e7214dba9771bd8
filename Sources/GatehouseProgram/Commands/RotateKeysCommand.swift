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
            is without a secret that somebody has. `--resume` goes on with a rotation that stopped, and with its file; \
            where a key stands in it twice, the later line counts.

            With --seal-for, --output is a folder with a file for each key, which only the holder of the certificate's \
            private key opens: openssl cms -decrypt -inform PEM -inkey key.pem -in FILE.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "One key, by its id.")
    var key: String?

    @OptionGroup var which: KeyFilterOptions

    @Flag(help: "All keys of the tenant.")
    var all = false

    @Option(help: "Go on with this rotation: rot_…")
    var resume: String?

    @Option(help: "For how long the old secrets stay good: 24h; 0s ends them at once. (default: the tenant's policy)")
    var overlap: String?

    @Option(
        help: "The file for the new keys, made for its owner alone; new but for --resume. (default: standard output)")
    var output: String?

    @Option(help: "A certificate in PEM, for whose holder the new keys are sealed; --output is a folder then.")
    var sealFor: String?

    func validate() throws {
        let choices = [key != nil, which.isGiven, all, resume != nil].count { $0 }
        guard choices == 1 else {
            throw ValidationError(
                "Say which keys: --key, --older-than/--scope/--name, --all, or --resume for a rotation that stopped.")
        }
        guard sealFor == nil || output != nil else { throw ValidationError("--seal-for needs a folder: --output.") }
        guard resume == nil || overlap == nil else {
            throw ValidationError("--resume keeps the overlap that the rotation began with; leave --overlap out.")
        }
    }

    func run() async throws {
        let choice = try choice()
        let handOut = try KeyHandOut.open(output, certificate: sealFor, goesOn: resume != nil)
        defer { handOut.end() }
        try await Installation.use(options) { [tenant, remedy = "\(remedy)"] installation in
            let row = try await installation.withKeys(of: tenant) { tenant, caller in
                let kernel = installation.kernel
                let work = KeysInRotation(
                    keys: try await kernel.apiKeys(of: tenant), rotations: try await kernel.keyRotations(of: tenant),
                    caller: caller, handOut: handOut, showsProgress: !installation.settings.json, remedy: remedy)
                return try await work.rotate(choice)
            }
            try handOut.showEnd(row, on: installation.output)
        }
    }

    private func choice() throws -> KeysInRotation.Choice {
        if let resume { return .begun(try KeyArguments.id(resume, option: "--resume")) }
        let overlapSeconds = try overlap.map(KeyArguments.overlap)
        if let key { return .one(try KeyArguments.id(key, option: "--key"), overlapSeconds: overlapSeconds) }
        return .many(try which.filter(), overlapSeconds: overlapSeconds)
    }

    /// How to go on with a rotation that stopped, but for its id.
    private var remedy: String {
        let place = output.map { " --output \($0)" } ?? ""
        let seal = sealFor.map { " --seal-for \($0)" } ?? ""
        return "gatehouse keys rotate --tenant \(tenant)\(place)\(seal) --resume"
    }
}

/// The rotation of keys from the command line.
private struct KeysInRotation: Sendable {
    enum Choice: Sendable {
        case one(KeyID, overlapSeconds: Int?)
        case many(KeyFilter, overlapSeconds: Int?)
        /// One that stopped.
        case begun(KeyRotationID)
    }

    let keys: APIKeys
    let rotations: KeyRotations
    let caller: Caller
    let handOut: KeyHandOut
    let showsProgress: Bool
    let remedy: String

    func rotate(_ choice: Choice) async throws -> KeyRotationRow {
        switch choice {
        case .one(let key, let overlapSeconds):
            let outcome = try await keys.rotate(key, overlapSeconds: overlapSeconds, by: caller) { try handOut.add($0) }
            return try await row(of: try KeyArguments.value(outcome).rotation)
        case .many(let filter, let overlapSeconds):
            let begun = try await rotations.start(filter, overlapSeconds: overlapSeconds, by: caller)
            return try await advance(try KeyArguments.value(begun))
        case .begun(let id):
            return try await advance(try KeyArguments.found(try await rotations.rotation(id)))
        }
    }

    private func advance(_ begun: KeyRotationRecord) async throws -> KeyRotationRow {
        let id = begun.id
        Output.complain("rotation \(id); should this stop, go on with: \(remedy) \(id)")
        do {
            // Gone from the terminal before anything else is said.
            let progress = Progress(isShown: showsProgress)
            try await advance(begun, progress)
        } catch let failure as KeyFile.Failure {
            Output.complain("stopped: \(failure); keys that were not handed out are as they were")
            throw ExitCode.refused
        }
        return try await row(of: id)
    }

    private func advance(_ begun: KeyRotationRecord, _ progress: Progress) async throws {
        var done = begun.progress.total - begun.progress.pending
        while true {
            progress.showBar(done, of: begun.progress.total)
            let outcome = try await rotations.advance(begun.id, limit: 20, by: caller) { try handOut.add($0) }
            let rotated = try KeyArguments.value(outcome)
            if rotated.isEmpty { return }
            done += rotated.count
        }
    }

    private func row(of id: KeyRotationID) async throws -> KeyRotationRow {
        guard let rotation = try await rotations.rotation(id) else { throw ExitCode.refused }
        return KeyRotationRow(
            rotation, skipped: try await rotations.skippedKeys(in: id),
            inUse: try await rotations.oldSecretsInUse(in: id))
    }
}
