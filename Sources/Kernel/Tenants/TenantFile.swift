import Foundation
import PluginKit

/// One file of the tenants' folder, before anything of it is known.
struct TenantFile {
    /// `acme.yaml`.
    let name: String
    let folder: String

    /// `nil` for names that are none of ours: other endings, and names that begin with a dot.
    init?(name: String, folder: String) {
        guard !name.utf8.starts(with: ".".utf8), Self.endings.contains(where: name.hasSuffix) else { return nil }
        self.name = name
        self.folder = folder
    }

    var path: String { "\(folder)/\(name)" }

    /// The name without its ending, which is to be the tenant's slug.
    var title: String {
        let ending = Self.endings.first(where: name.hasSuffix) ?? ""
        return String(name.dropLast(ending.count))
    }

    /// The plan that the file describes.
    ///
    /// - Throws: everything that is wrong with the file.
    func plan(catalog: ProviderCatalog) throws(SettingsProblems) -> TenantPlan {
        try TenantPlan(document: try bytes(), title: title, source: path, origin: .host, catalog: catalog)
    }

    private static let endings = [".yaml", ".yml"]

    private func bytes() throws(SettingsProblems) -> [UInt8] {
        // Opening a pipe or a device could wait for ever.
        guard isRegularFile else {
            throw SettingsProblems(unreadable("is no regular file", fix: "replace it with a file"))
        }
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            // One byte more than allowed is enough to tell that there are too many.
            return Array(try handle.read(upToCount: SettingsText.maximumBytes + 1) ?? Data())
        } catch {
            throw SettingsProblems(unreadable("cannot be read", fix: "let the server's user read it"))
        }
    }

    private var isRegularFile: Bool {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }

    private func unreadable(_ message: String, fix: String) -> SettingsProblem {
        SettingsProblem(line: 1, key: "", message: message, fix: fix)
    }
}
