import Foundation
import Kernel
import PluginKit

/// The configuration of tenants that are made at run time without one of their own.
enum TenantTemplate {
    /// Passwords with a second factor and recovery codes; owners and admins are asked for one, as by default.
    private static let standard = "sign_in: {password: {}, totp: {}, recovery_codes: {}}"

    /// Reads the operator's template: a tenant file without `tenant` and `name`.
    ///
    /// - Throws: ``DocumentRefused`` with everything that is wrong with it.
    static func read(_ path: String?) throws -> SettingsNode {
        guard let path else { return try SettingsParser.parse(Array(standard.utf8)) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DocumentRefused(path, "cannot be read", fix: "name another one with --tenant-template")
        }
        do {
            let root = try SettingsParser.parse(Array(data))
            try check(root)
            return root
        } catch let error as SettingsProblems {
            throw DocumentRefused(path, error.list)
        }
    }

    /// Tries the template on a tenant that will never be.
    private static func check(_ template: SettingsNode) throws {
        guard let slug = TenantSlug("example") else { return }
        let draft = try TenantDraft(slug: slug, name: "Example", configuration: template.unnamed)
        _ = try TenantPlan(
            document: try draft.bytes(), title: slug.text, source: "the template", origin: .database,
            catalog: Program.plugins
        )
    }
}
