import Hummingbird
import Kernel
import PluginKit

/// What a person does with his own second factors. Whatever adds or removes one needs a recent proof of who he is.
struct OwnFactorRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [list, begin, confirm, remove, renewRecoveryCodes, stepUp] }

    private static let collection = "/t/{tenant}/me/factors"

    private var list: Route {
        Route(.get, Self.collection, access: gate.person) { _, person in
            let factors = try await kernel.ownFactors(in: person.tenant).list(of: person.session.person.user)
            return try .json(Page(data: factors.map(FactorView.init), nextCursor: nil))
        }
    }

    private var begin: Route {
        Route(.post, Self.collection + "/totp", access: gate.proven(.own, gate.person), body: BeginFactorBody.self) {
            request, person, body in
            try await Repetition(request, by: person, kernel: kernel).once {
                let outcome = try await kernel.ownFactors(in: person.tenant).begin(
                    "totp", ticket: body.ticket, person.session, by: person.caller)
                return try JSONAnswer(NewFactorView(try outcome.value()), status: .created)
            }
        }
    }

    private var confirm: Route {
        Route(
            .post, Self.collection + "/{id}/confirm", access: gate.proven(.own, gate.person),
            body: ConfirmFactorBody.self
        ) { request, person, body in
            let outcome = try await kernel.ownFactors(in: person.tenant).confirm(
                try request.identifier("id"), code: body.code, person.session, by: person.caller)
            return try .json(RecoveryCodesView(try outcome.value()))
        }
    }

    private var remove: Route {
        Route(.delete, Self.collection + "/{id}", access: gate.proven(.own, gate.person)) { request, person in
            let outcome = try await kernel.ownFactors(in: person.tenant).remove(
                try request.identifier("id"), person.session, by: person.caller)
            try outcome.value()
            return .noContent
        }
    }

    private var renewRecoveryCodes: Route {
        Route(.post, "/t/{tenant}/me/recovery-codes", access: gate.proven(.own, gate.person)) { request, person in
            try await Repetition(request, by: person, kernel: kernel).once {
                let outcome = try await kernel.ownFactors(in: person.tenant).renewRecoveryCodes(
                    person.session, by: person.caller)
                return try JSONAnswer(RecoveryCodesView(try outcome.value()), status: .created)
            }
        }
    }

    private var stepUp: Route {
        Route(.post, "/t/{tenant}/me/step-up", access: gate.person, body: StepUpBody.self) { _, person, body in
            let outcome = try await kernel.signIn(to: person.tenant).stepUp(
                person.session, password: body.password, factor: body.factor, by: person.caller)
            return try SignInAnswer.response(try outcome.value())
        }
    }
}

private struct BeginFactorBody: JSONBody {
    static let mayBeAbsent = true

    let ticket: SecretText?

    init(reading body: BodyReader) {
        ticket = body.optionalSecret("ticket", bytes: FieldLimits.tokenBytes)
    }
}

private struct ConfirmFactorBody: JSONBody {
    let code: SecretText

    init(reading body: BodyReader) {
        code = body.secret("code", bytes: FieldLimits.codeBytes)
    }
}

private struct StepUpBody: JSONBody {
    let password: SecretText
    let factor: (kind: FactorKind, code: SecretText)?

    init(reading body: BodyReader) {
        password = body.secret("password", bytes: 1...FieldLimits.passwordBytes)
        let kind = body.optionalText("factor", bytes: FieldLimits.factorBytes)
        let code = body.optionalSecret("code", bytes: FieldLimits.codeBytes)
        factor = kind.flatMap { kind in code.map { (FactorKind(rawValue: kind), $0) } }
        if (kind == nil) != (code == nil) {
            body.reject(
                kind == nil ? "factor" : "code", code: "missing", "is missing", fix: "send `factor` and `code` together"
            )
        }
    }
}
