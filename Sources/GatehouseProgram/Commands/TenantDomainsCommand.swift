import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants domains`: the domains that a tenant answers under.
struct TenantDomainsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domains",
        abstract: "Add, list, verify and remove the domains that a tenant answers under.",
        discussion: """
            A domain is served once its DNS has the TXT record that `add` prints and `verify` has seen it. Domains of a \
            tenant that a file describes stand in its file, and need no proof.
            """,
        subcommands: [Add.self, List.self, Verify.self, Remove.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Claim a domain and print the TXT record that proves it.")

        @OptionGroup var options: ProcessOptions
        @OptionGroup var place: DomainArguments

        func run() async throws {
            try await place.use(options) { domains, tenant, domain, author in
                let added = try await domains.add(domain, to: tenant, by: author)
                return DomainRow(try DomainArguments.value(added).domain)
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look the proof of a domain up now.",
            discussion: "A domain that was served, and whose record is gone, is served no longer.")

        @OptionGroup var options: ProcessOptions
        @OptionGroup var place: DomainArguments

        func run() async throws {
            try await place.use(options) { domains, tenant, domain, author in
                DomainRow(try DomainArguments.value(try await domains.verify(domain, of: tenant, by: author)))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a domain up: it is served no longer.")

        @OptionGroup var options: ProcessOptions
        @OptionGroup var place: DomainArguments

        func run() async throws {
            try await place.use(options) { domains, tenant, domain, author in
                if let refusal = try await domains.remove(domain, of: tenant, by: author) {
                    throw DomainArguments.refused(refusal)
                }
                return RemovedDomainRow(domain: domain.text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the domains of a tenant.")

        @OptionGroup var options: ProcessOptions

        @Argument(help: "The tenant's slug or id.")
        var tenant: String

        func run() async throws {
            try await Installation.use(options) { [tenant] installation in
                let record = try await installation.existingRecord(of: tenant)
                let rows = try await installation.tenantDomains.list(of: record).map(DomainRow.init)
                try installation.output.show(rows) {
                    rows.map { "\($0.domain)\t\($0.state)\t\($0.managedBy)" }.joined(separator: "\n")
                }
            }
        }
    }
}

/// Which domain of which tenant a command is about.
struct DomainArguments: ParsableArguments {
    @Argument(help: "The tenant's slug or id.")
    var tenant: String

    @Argument(help: "The domain: auth.acme.example.")
    var domain: String

    /// Does something to the domain, as the host's operator, and prints what came of it.
    func use<Row: WordedRow>(
        _ options: ProcessOptions,
        _ deed: @escaping (TenantDomains, TenantRecord, DomainName, PlatformAuthor) async throws -> Row
    ) async throws {
        guard let name = DomainName(domain) else {
            Output.complain("the domain \(DomainName.problem(domain) ?? "is none")")
            throw ExitCode.usage
        }
        try await Installation.use(options) { [tenant] installation in
            let record = try await installation.existingRecord(of: tenant)
            do {
                let row = try await deed(installation.tenantDomains, record, name, installation.hostAuthor)
                try installation.output.show(row) { row.words }
            } catch let error as NameServersSilent {
                Output.complain("this could not be told: \(error.reason); nothing was changed")
                throw ExitCode.unreachable
            }
        }
    }

    static func value<Value>(_ result: Result<Value, DomainRefusal>) throws -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let refusal): throw refused(refusal)
        }
    }

    /// Says why it was not done.
    static func refused(_ refusal: DomainRefusal) -> ExitCode {
        Output.complain(words(refusal))
        return .refused
    }

    private static func words(_ refusal: DomainRefusal) -> String {
        switch refusal {
        case .notFound: "the tenant has no such domain; `gatehouse tenants domains list` shows those it has"
        case .managedByFile: "a file describes the tenant; write its domains there"
        case .taken: "another tenant has proved that this domain is its own"
        case .tooMany: "the tenant has \(TenantDomains.mostPerTenant) domains, which is as many as it may"
        case .tooLong: "the domain leaves no room for the name of its TXT record; use a shorter one"
        case .unproved(let record, let found):
            "\(record.name) must have the TXT record \(record.value); it has \(found.count) other ones. The domain is not "
                + "served"
        }
    }
}

/// A row that can also be read by people.
protocol WordedRow: Encodable {
    var words: String { get }
}

/// A domain as commands print it.
private struct DomainRow: WordedRow {
    let domain: String
    let state: String
    let managedBy: String
    let record: Record?

    struct Record: Encodable {
        let type = "TXT"
        let name: String
        let value: String

        private enum CodingKeys: CodingKey {
            case type, name, value
        }
    }

    init(_ domain: TenantDomain) {
        self.domain = domain.domain.text
        state = domain.verifiedAt == nil ? "pending" : "verified"
        managedBy = domain.record == nil ? "file" : "api"
        record = domain.record.map { Record(name: $0.name, value: $0.value) }
    }

    var words: String {
        guard state == "pending", let record else { return "\(domain) is served" }
        return """
            \(domain) is claimed; set this record, then run `gatehouse tenants domains verify`:
            \(record.name). IN TXT "\(record.value)"
            """
    }
}

private struct RemovedDomainRow: WordedRow {
    let domain: String

    var words: String { "\(domain) is not served any more" }
}
