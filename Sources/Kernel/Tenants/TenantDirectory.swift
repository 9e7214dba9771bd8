import Foundation
import PluginKit

/// The folder of tenant files, one tenant per file: `acme.yaml` or `acme.yml`.
///
/// Files with other endings, and those whose names begin with a dot, are not tenant files. Folders inside are not read.
package struct TenantDirectory: Sendable {
    private let path: String
    private let catalog: ProviderCatalog

    package init(path: String, catalog: ProviderCatalog) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.catalog = catalog
    }

    /// Reads every file, each once. Waits for the disk: call it where a thread may wait.
    package func read() -> TenantReading {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            return TenantReading(plans: [], problems: [missing])
        }
        let files = names.sorted().compactMap { TenantFile(name: $0, folder: path) }
        var reading = TenantReading(plans: [], problems: [])
        var fileNames: [String: String] = [:]
        for file in files {
            if let other = fileNames[file.title] {
                reading.problems.append(duplicate(file, of: other))
            } else {
                fileNames[file.title] = file.name
                reading.add(file, catalog: catalog)
            }
        }
        reading.problems += DeclaredDomain.clashes(between: reading.plans)
        return reading
    }

    private var missing: TenantFileProblem {
        TenantFileProblem(
            file: path, message: "is no folder that can be read", fix: "create it, or name another one with --tenants")
    }

    private func duplicate(_ file: TenantFile, of other: String) -> TenantFileProblem {
        TenantFileProblem(
            file: file.path, message: "describes the tenant of \(other) a second time", fix: "keep one of the two files"
        )
    }
}

/// What the tenant files say: the sound ones as plans, and everything that is wrong with the others.
package struct TenantReading: Sendable {
    /// In the order of their files' names.
    package fileprivate(set) var plans: [TenantPlan]
    /// In the order of files and lines.
    package fileprivate(set) var problems: [TenantFileProblem]

    fileprivate mutating func add(_ file: TenantFile, catalog: ProviderCatalog) {
        do {
            plans.append(try file.plan(catalog: catalog))
        } catch {
            problems += error.list.map { TenantFileProblem($0, in: file.path) }
        }
    }
}
