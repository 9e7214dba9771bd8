import Hummingbird
import Kernel
import PluginKit

/// What those who administer a tenant do about people's second factors.
struct UserFactorRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [preview, reset, ticket, unlock] }

    private static let item = "/v1/tenants/{tenant}/users/{id}"

    private var preview: Route {
        Route(
            .post, "/v1/tenants/{tenant}/policies/second-factor/preview", access: gate.permission(.usersRead),
            body: PreviewBody.self
        ) { _, admin, body in
            let rule = body.rule(insteadOf: admin.tenant.policy.secondFactor)
            let effect = try await kernel.secondFactorPreview(in: admin.tenant).effect(of: rule)
            return try .json(PreviewView(effect, caller: admin.caller.actor.userID))
        }
    }

    private var reset: Route {
        Route(.post, Self.item + "/factors/reset", access: gate.proven(.overOthers, gate.permission(.factorsReset))) {
            request, admin in
            try await Repetition(request, by: admin, kernel: kernel).once {
                let people = try await kernel.people(of: admin.tenant)
                let outcome = try await people.resetFactors(of: try request.identifier("id"), by: admin.caller)
                return try JSONAnswer(TicketView(try outcome.value()), status: .created)
            }
        }
    }

    private var ticket: Route {
        Route(.post, Self.item + "/enrollment-ticket", access: gate.proven(.overOthers, gate.permission(.factorsReset)))
        { request, admin in
            try await Repetition(request, by: admin, kernel: kernel).once {
                let people = try await kernel.people(of: admin.tenant)
                let outcome = try await people.issueTicket(for: try request.identifier("id"), by: admin.caller)
                return try JSONAnswer(TicketView(try outcome.value()), status: .created)
            }
        }
    }

    private var unlock: Route {
        Route(.post, Self.item + "/unlock", access: gate.permission(.usersSuspend)) { request, admin in
            let people = try await kernel.people(of: admin.tenant)
            try await people.unlock(try request.identifier("id"), by: admin.caller).value()
            return .noContent
        }
    }
}

private struct PreviewBody: JSONBody {
    private let requiredFor: [String]
    private let graceSeconds: Int?

    init(reading body: BodyReader) {
        requiredFor = body.texts("required_for", count: FieldLimits.roleCount, bytes: FieldLimits.roleNameBytes)
        graceSeconds = body.optionalInteger("grace_seconds", in: 0...7_776_000)
    }

    /// The rule that is asked about: the tenant's own but for what the body names.
    func rule(insteadOf rule: SecondFactorRule) -> SecondFactorRule {
        SecondFactorRule(
            requiredFor: requiredFor, grace: graceSeconds.map { .seconds($0) } ?? rule.grace, remember: rule.remember)
    }
}
