import Foundation
import Metrics
import PluginKit

/// Leads somebody who proved something through the decision: mints his tokens, or begins what has to come first.
///
/// Every way into a new session ends here.
struct Admittance: Sendable {
    let tenant: Tenant
    let sessions: Sessions
    let transactions: SignInTransactions
    let devices: Devices
    let audit: AuditTrail
    let now: @Sendable () -> Date

    init(tenant: Tenant, sessions: Sessions, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.sessions = sessions
        self.now = now
        transactions = SignInTransactions(tenant: tenant, cells: sessions.cells, now: now)
        devices = Devices(tenant: tenant, now: now)
        audit = AuditTrail(database: tenant.database, cells: sessions.cells, now: now)
    }

    /// How somebody comes: from where, and with which device.
    struct Arrival: Sendable {
        let origin: RequestOrigin
        var claim = DeviceClaim()
        var device: KnownDevice?
    }

    /// - Parameter alongside: commits with whatever follows.
    func advance(
        _ evidence: SignInEvidence, _ arrival: Arrival, alongside: [BoundStatement] = []
    ) async throws -> SignIn.Step {
        switch SignInDecision.decide(evidence, under: tenant.policy.secondFactor, at: now()) {
        case .admit(let admission):
            if let tokens = try await admit(admission, arrival, alongside: alongside) { return .complete(tokens) }
        case .changePassword:
            if let transaction = try await begin(.passwordChange, evidence, arrival, alongside) {
                return .changePassword(transaction)
            }
        case .proveSecondFactor:
            let factors = try await tenant.database.rows(ListFactors(user: evidence.person.user)).filter(\.isConfirmed)
            if let transaction = try await begin(.secondFactor, evidence, arrival, alongside) {
                return .proveSecondFactor(transaction, factors: factors.kinds)
            }
        case .enroll:
            if let transaction = try await begin(.enrollment, evidence, arrival, alongside) {
                return .enroll(
                    transaction, factors: tenant.factors.enrollable.map(\.kind), needsTicket: !evidence.isTrusted)
            }
        case .refuse(let reason):
            return try await refused(reason, evidence, arrival)
        }
        return try await refused(.sessionsEnded, evidence, arrival)
    }

    /// Records a refusal on the way in.
    func refuse(
        _ type: AuditEventType, _ reason: String, actor: Actor = .anonymous, subject: UserID? = nil,
        origin: RequestOrigin
    ) async throws {
        let labels = [("tenant", tenant.slug.text), ("cause", reason)]
        Counter(label: "gatehouse_sign_in_refusals", dimensions: labels).increment()
        try await audit.record(
            AuditEvent(type, .refused, reason: reason, actor: actor, subject: subject?.description, origin: origin))
    }

    private func refused(
        _ reason: SignInDecision.Refused, _ evidence: SignInEvidence, _ arrival: Arrival
    ) async throws -> SignIn.Step {
        try await refuse(.signIn, reason.rawValue, subject: evidence.person.user, origin: arrival.origin)
        return .refused
    }

    /// - Returns: `nil` where the person's sessions were ended meanwhile; nothing is stored then.
    private func admit(
        _ admission: Admission, _ arrival: Arrival, alongside: [BoundStatement]
    ) async throws -> IssuedTokens? {
        let signedIn = AuditEvent(
            .signIn, actor: .person(admission.user, session: nil), subject: admission.user.description,
            origin: arrival.origin, details: ["methods": admission.methods.map(\.rawValue).joined(separator: " ")])
        var statements = alongside + [try audit.statement(signedIn)]
        var device: NewDevice?
        if arrival.claim.wantsToBeKnown {
            let made = try devices.make(
                for: admission.user, provedSecondFactor: admission.assurance == .multiple, inPlaceOf: arrival.device)
            device = made.device
            statements += made.statements
        }
        return try await sessions.start(admission, origin: arrival.origin, device: device, alongside: statements)
    }

    private func begin(
        _ step: SignInTransactions.Step, _ evidence: SignInEvidence, _ arrival: Arrival, _ alongside: [BoundStatement]
    ) async throws -> NewTransaction? {
        let user = evidence.person.user
        let event = AuditEvent(
            .signInContinued, actor: .person(user, session: nil), subject: user.description, origin: arrival.origin,
            details: ["next": step.rawValue])
        return try await transactions.begin(
            step, evidence: evidence, alongside: alongside + [try audit.statement(event)])
    }
}
