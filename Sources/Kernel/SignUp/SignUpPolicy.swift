package import PluginKit

/// Whether strangers may ask to become people of a tenant.
///
/// - `open` (boolean, false): whether anybody may ask. Otherwise people come in by invitation only.
/// - `mail_domains` (list of domains, default any): the domains of the addresses that may ask.
package struct SignUpPolicy: ProviderSettings, Equatable {
    package let isOpen: Bool
    /// Empty where any login may ask.
    let mailDomains: [String]

    package init(reading section: SettingsReader) {
        isOpen = section.boolean("open", default: false, "whether strangers may ask to become people of the tenant")
        mailDomains = section.texts(
            "mail_domains", default: [], "the domains of the addresses that may ask; empty for any login",
            check: DomainName.check)
        if !isOpen, !mailDomains.isEmpty {
            section.reject(
                "mail_domains", "has no meaning while nobody may ask", fix: "write `open: true`, or leave it out")
        }
    }

    /// Whether somebody with this login may ask: its canonical form is an address with one `@`, exactly at such a domain.
    func allows(_ login: Login) -> Bool {
        guard isOpen else { return false }
        guard !mailDomains.isEmpty else { return true }
        let parts = login.canonical.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return false }
        return mailDomains.contains { $0.utf8.elementsEqual(parts[1]) }
    }
}
