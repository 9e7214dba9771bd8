import Hummingbird
import Kernel
import PluginKit

/// The second factor of a sign-in: proving one, setting up the first.
struct SecondFactorRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [prove, enroll, confirm] }

    private var prove: Route {
        Route(.post, "/t/{tenant}/login/second-factor", access: gate.visitor, body: CodeBody.self) {
            request, tenant, body in
            let outcome = try await kernel.signIn(to: tenant).proveSecondFactor(
                transaction: body.transaction, kind: body.factor, code: body.code, device: body.device,
                origin: request.origin)
            return try SignInAnswer.response(try outcome.value())
        }
    }

    private var enroll: Route {
        Route(.post, "/t/{tenant}/login/enroll", access: gate.visitor, body: EnrollBody.self) { request, tenant, body in
            let outcome = try await kernel.signIn(to: tenant).beginEnrollment(
                transaction: body.transaction, kind: body.factor, ticket: body.ticket, origin: request.origin)
            return try .json(NewFactorView(try outcome.value()))
        }
    }

    private var confirm: Route {
        Route(.post, "/t/{tenant}/login/enroll/confirm", access: gate.visitor, body: ConfirmBody.self) {
            request, tenant, body in
            guard let factor = body.factorID else { throw Problem(.notFound) }
            let outcome = try await kernel.signIn(to: tenant).confirmEnrollment(
                transaction: body.transaction, factor: factor, code: body.code, device: body.device,
                origin: request.origin)
            let enrolled = try outcome.value()
            return try SignInAnswer.response(enrolled.step, recoveryCodes: enrolled.recoveryCodes)
        }
    }
}

private struct CodeBody: JSONBody {
    let transaction: SecretText
    let factor: FactorKind
    let code: SecretText
    let device: DeviceClaim

    init(reading body: BodyReader) {
        transaction = body.secret("transaction", bytes: FieldLimits.tokenBytes)
        factor = FactorKind(rawValue: body.text("factor", bytes: FieldLimits.factorBytes))
        code = body.secret("code", bytes: FieldLimits.codeBytes)
        device = DeviceClaim(reading: body)
    }
}

private struct EnrollBody: JSONBody {
    let transaction: SecretText
    let factor: FactorKind
    let ticket: SecretText?

    init(reading body: BodyReader) {
        transaction = body.secret("transaction", bytes: FieldLimits.tokenBytes)
        factor = FactorKind(rawValue: body.text("factor", bytes: FieldLimits.factorBytes))
        ticket = body.optionalSecret("ticket", bytes: FieldLimits.tokenBytes)
    }
}

private struct ConfirmBody: JSONBody {
    let transaction: SecretText
    /// `nil` for text that names no factor.
    let factorID: FactorID?
    let code: SecretText
    let device: DeviceClaim

    init(reading body: BodyReader) {
        transaction = body.secret("transaction", bytes: FieldLimits.tokenBytes)
        factorID = FactorID(body.text("factor_id", bytes: FieldLimits.tokenBytes))
        code = body.secret("code", bytes: FieldLimits.codeBytes)
        device = DeviceClaim(reading: body)
    }
}

extension DeviceClaim {
    /// `device_token`, by which the device is known, and `remember_device`, so that it will be.
    init(reading body: BodyReader) {
        self.init(
            token: body.optionalSecret("device_token", bytes: FieldLimits.tokenBytes),
            wantsToBeKnown: body.optionalBoolean("remember_device") ?? false)
    }
}
