package import PluginKit

/// The second factors that a tenant offers.
package struct TenantFactors: Sendable {
    /// In the order of the document.
    package let enrollable: [any EnrollableFactor]
    package let backups: [any BackupFactor]

    package init(enrollable: [any EnrollableFactor] = [], backups: [any BackupFactor] = []) {
        self.enrollable = enrollable
        self.backups = backups
    }

    func enrollable(_ kind: FactorKind) -> (any EnrollableFactor)? { enrollable.first { $0.kind == kind } }

    func backup(_ kind: FactorKind) -> (any BackupFactor)? { backups.first { $0.kind == kind } }

    /// Who checks the codes of this kind.
    func provider(of kind: FactorKind) -> (any SecondFactor)? { enrollable(kind) ?? backup(kind) }
}

extension SecondFactor {
    var kind: FactorKind { Self.kind }
    var method: AuthenticationMethod { Self.method }
}
