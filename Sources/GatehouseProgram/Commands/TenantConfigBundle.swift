import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// A tenant's file as a command was given it: sound, and called whatever its author likes.
struct TenantBundle {
    let plan: TenantPlan
    let document: SettingsNode

    var slug: TenantSlug { plan.slug }

    /// Reads and checks the file as `gatehouse check` does; every problem is shown with its line.
    ///
    /// - Parameter path: `-` for the standard input.
    static func read(_ path: String, options: ProcessOptions) throws -> TenantBundle {
        let output = Output(json: try ProcessSettings.forCommand(options).json)
        let name = path == "-" ? "standard input" : path
        let bytes = try bytes(at: path, name: name)
        do {
            return try TenantBundle(bytes, name: name)
        } catch {
            let report = Report(problems: error.list.map { TenantFileProblem($0, in: name) })
            try output.show(report) { report.problems.map(\.description).joined(separator: "\n") }
            throw ExitCode.refused
        }
    }

    /// Whatever the file is called, its tenant is the one that it names.
    private init(_ bytes: [UInt8], name: String) throws(SettingsProblems) {
        document = try SettingsParser.parse(bytes)
        let title = document["tenant"]?.text ?? ""
        plan = try TenantPlan(document: bytes, title: title, source: name, origin: .database, catalog: Program.plugins)
    }

    /// The change that brings the file into force.
    func change(of record: TenantRecord) -> ConfigurationChange {
        ConfigurationChange(record: record, document: document)
    }

    /// The tenant that the file describes, where there is none yet.
    var wish: OnboardingWish {
        OnboardingWish(
            slug: slug, name: plan.name, configuration: document,
            admin: plan.firstOwner.flatMap { Login($0) }.map { OnboardingWish.Admin(login: $0) })
    }

    private struct Report: Encodable {
        let problems: [TenantFileProblem]
    }

    private static func bytes(at path: String, name: String) throws -> [UInt8] {
        do {
            let handle = try path == "-" ? .standardInput : FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            var bytes: [UInt8] = []
            // One byte more than allowed is enough to tell that there are too many; a pipe gives them piece by piece.
            while bytes.count <= SettingsText.maximumBytes, let part = try handle.read(upToCount: 64 * 1024),
                !part.isEmpty
            { bytes += Array(part) }
            return bytes
        } catch {
            Output.complain("\(name) cannot be read")
            throw ExitCode.usage
        }
    }
}

extension SettingsNode {
    /// What is written here, where that is one value.
    fileprivate var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }
}

/// The file of a command.
struct BundleOptions: ParsableArguments {
    @Option(name: [.customShort("f"), .customLong("file")], help: "The tenant's file, or - for the standard input.")
    var file: String
}
