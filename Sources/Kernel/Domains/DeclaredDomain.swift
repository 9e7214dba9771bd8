import PluginKit

/// A domain that a tenant file declares: `domains: [auth.acme.example]`.
///
/// Whoever writes the files is believed, so it is served at once. It belongs to one tenant alone.
package struct DeclaredDomain: Sendable {
    package let name: DomainName
    /// Where it stands in the file.
    let line: Int

    /// Reads the list.
    static func read(_ reader: SettingsReader) -> [DeclaredDomain] {
        let texts = reader.texts(
            "domains", default: [], "the domains that the tenant answers under, beside its path",
            check: DomainName.check)
        if Set(texts).count < texts.count {
            reader.reject("domains", "names a domain twice", fix: "keep one of them")
        }
        // Where an element is no domain, the document is refused and nobody looks at the lines.
        return zip(texts.compactMap(DomainName.init), reader.lines(ofList: "domains")).map {
            DeclaredDomain(name: $0, line: $1)
        }
    }

    /// The domains that several files declare: a problem of each of them.
    static func clashes(between plans: [TenantPlan]) -> [TenantFileProblem] {
        var declared: [DomainName: [TenantPlan]] = [:]
        for plan in plans { for domain in plan.domains { declared[domain.name, default: []].append(plan) } }
        return plans.flatMap { plan in
            plan.domains.compactMap { domain in
                guard let other = declared[domain.name]?.first(where: { $0.slug != plan.slug }) else { return nil }
                return domain.problem(
                    in: plan, "`\(domain.name)` is also declared in \(other.source)",
                    fix: "keep it in one of the two files")
            }
        }
    }

    /// What is wrong where another tenant has proved the domain to be its own.
    func isTaken(in plan: TenantPlan) -> TenantFileProblem {
        problem(
            in: plan, "`\(name)` belongs to a tenant that was made at run time",
            fix: "remove it there with `gatehouse tenants domains remove`, or leave it out here")
    }

    private func problem(in plan: TenantPlan, _ message: String, fix: String) -> TenantFileProblem {
        TenantFileProblem(file: plan.source, line: line, key: "domains", message: message, fix: fix)
    }
}
