import Foundation
import Kernel
import PluginKit

/// The configuration of tenants that are made at run time without one of their own.
enum TenantTemplate {
    /// Passwords with a second factor and recovery codes; owners and admins are asked for one, as by default.
    private static let standard = "sign_in: {password: {}, totp: {}, recovery_codes: {}}"

    /// Reads the operator's template: a tenant file without `tenant` and `name`.
    ///
    /// - Throws: ``TenantTemplateRefused`` with everything that is wrong with it.
    static func read(_ path: String?) throws -> SettingsNode {
        guard let path else { return try SettingsParser.parse(Array(standard.utf8)) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TenantTemplateRefused(
                path: path, problems: ["cannot be read; name another one with --tenant-template"])
        }
        do {
            let root = try SettingsParser.parse(Array(data))
            try check(root)
            return root
        } catch let error as SettingsProblems {
            throw TenantTemplateRefused(path: path, problems: error.list.map(\.description))
        }
    }

    /// Tries the template on a tenant that will never be.
    private static func check(_ template: SettingsNode) throws {
        guard let slug = TenantSlug("example") else { return }
        let draft = try TenantDraft(slug: slug, name: "Example", configuration: template.unnamed)
        _ = try TenantPlan(
            document: try draft.bytes(), title: slug.text, source: "the template", catalog: .standard)
    }
}

/// The operator's template cannot be used.
struct TenantTemplateRefused: Error, CustomStringConvertible {
    let path: String
    let problems: [String]

    var description: String { problems.map { "\(path):\($0)" }.joined(separator: "\n") }
}
