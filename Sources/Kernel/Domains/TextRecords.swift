/// Asks the name servers of domains for their text records.
package protocol TextRecordResolver: Sendable {
    /// The texts of all TXT records of a name, each put together from its parts; empty where the name servers say that
    /// there is none. Must end by itself within some seconds.
    ///
    /// - Throws: ``NameServersSilent`` where they could not be asked, which says nothing about the records.
    func texts(of name: String) async throws -> [[UInt8]]
}

/// The name servers did not answer, or not with an answer.
package struct NameServersSilent: Error, CustomStringConvertible {
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }

    package var description: String { "looking up a TXT record: \(reason)" }
}

/// The text record by which a domain says that it belongs to a tenant.
package struct ProvingRecord: Sendable, Equatable {
    /// Under which name it stands.
    package let name: String
    package let value: String

    init(domain: DomainName, token: String) {
        name = Self.prefix + domain.text
        value = "gatehouse-verify=\(token)"
    }

    /// Whether the name of the record would be longer than a name may be.
    static func hasRoom(under domain: DomainName) -> Bool { prefix.utf8.count + domain.text.utf8.count <= 253 }

    /// Whether one of the texts is the record. Beside it, anything may stand there.
    func stands(in texts: [[UInt8]]) -> Bool { texts.contains { $0.elementsEqual(value.utf8) } }

    private static let prefix = "_gatehouse."
}
