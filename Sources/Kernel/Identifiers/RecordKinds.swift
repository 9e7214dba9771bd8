package import PluginKit

// The records of the kernel that have identifiers; those of tenants and users are part of the plugin contract.

/// Sessions, `ses_…`.
package enum SessionKind: IdentifierKind { package static let prefix = "ses" }
package enum InvitationKind: IdentifierKind { package static let prefix = "inv" }
package enum EventKind: IdentifierKind { package static let prefix = "evt" }
package enum RequestKind: IdentifierKind { package static let prefix = "req" }
package enum OperatorKind: IdentifierKind { package static let prefix = "opr" }
package enum SigningKeyKind: IdentifierKind { package static let prefix = "sig" }
package enum DataKeyKind: IdentifierKind { package static let prefix = "dek" }
package enum KeySecretKind: IdentifierKind { package static let prefix = "sec" }
package enum KeyRotationKind: IdentifierKind { package static let prefix = "rot" }
package enum KeyCallerKind: IdentifierKind { package static let prefix = "clr" }
package enum HashKeyKind: IdentifierKind { package static let prefix = "hsh" }
package enum RevisionKind: IdentifierKind { package static let prefix = "rev" }
package enum OperationKind: IdentifierKind { package static let prefix = "opn" }
package enum SignUpKind: IdentifierKind { package static let prefix = "sgn" }

package typealias SessionID = Identifier<SessionKind>
package typealias InvitationID = Identifier<InvitationKind>
package typealias EventID = Identifier<EventKind>
package typealias RequestID = Identifier<RequestKind>
package typealias OperatorID = Identifier<OperatorKind>
package typealias SigningKeyID = Identifier<SigningKeyKind>
package typealias DataKeyID = Identifier<DataKeyKind>
package typealias KeySecretID = Identifier<KeySecretKind>
package typealias KeyRotationID = Identifier<KeyRotationKind>
package typealias KeyCallerID = Identifier<KeyCallerKind>
package typealias HashKeyID = Identifier<HashKeyKind>
package typealias RevisionID = Identifier<RevisionKind>
package typealias OperationID = Identifier<OperationKind>
package typealias SignUpID = Identifier<SignUpKind>
