import Kernel
import PluginKit

extension Problem {
    /// What a client is told of a refusal.
    ///
    /// - Parameter passwordPointer: where the request has the password that may be refused.
    init(refusal: Refusal, passwordPointer: String) {
        switch refusal {
        case .notFound: self.init(.notFound)
        case .forbidden: self.init(.forbidden)
        case .loginTaken: self.init(.loginTaken)
        case .lastOwner: self.init(.lastOwner)
        case .unknownRole: self.init(.invalidBody, errors: [Self.unknownRole])
        case .weakPassword(let weaknesses):
            self.init(
                .passwordRefused,
                errors: weaknesses.map {
                    FieldProblem(
                        pointer: passwordPointer, code: $0.code, message: $0.message, fix: "choose another password")
                })
        case .wrongPassword: self.init(.invalidCredentials)
        case .versionConflict: self.init(.preconditionFailed)
        case .changedMeanwhile:
            self.init(
                .conflict, detail: "The sessions of this account were ended meanwhile. Look at it, and ask again.")
        case .tooManyAttempts(let seconds): self.init(.rateLimited, retryAfterSeconds: seconds)
        case .invitationInvalid: self.init(.invitationInvalid)
        case .transactionInvalid: self.init(.invalidTransaction)
        case .wrongCode: self.init(.invalidCode)
        case .ticketRequired: self.init(.enrollmentTicketRequired)
        case .lastFactor: self.init(.lastFactor)
        case .tooManyFactors: self.init(.conflict, detail: "This account has as many second factors as it may have.")
        case .noFactor: self.init(.conflict, detail: "This account has no second factor to which this belongs.")
        case .hasFactor: self.init(.conflict, detail: "This account has a second factor. Reset its factors instead.")
        case .stepUpRequired: self.init(.stepUpRequired)
        case .keyNotLive: self.init(.conflict, detail: "This key is revoked or expired. Make another one.")
        case .rotationInProgress:
            self.init(.conflict, detail: "This key is being rotated. Finish that, or take it back, first.")
        case .noRotation: self.init(.conflict, detail: "Nothing is being rotated here any more.")
        case .nameTaken: self.init(.conflict, detail: "There is another one of this name.")
        case .lifetimeTooLong(let seconds):
            self.init(.invalidBody, errors: [.lifetimeTooLong(seconds, at: "/expires_in_seconds")])
        }
    }

    private static var unknownRole: FieldProblem {
        FieldProblem(
            pointer: "/roles", code: "unknown_role", message: "names a role that the tenant has not",
            fix: "use one of those that GET roles lists")
    }
}

extension FieldProblem {
    /// A key is to last longer than the tenant lets it.
    static func lifetimeTooLong(_ seconds: Int, at pointer: String) -> FieldProblem {
        FieldProblem(
            pointer: pointer, code: "out_of_range",
            message: "must be at most \(seconds), the longest that this tenant lets a key last",
            fix: "send a smaller number, or leave it out")
    }
}

extension Outcome {
    /// The value.
    ///
    /// - Parameter passwordPointer: where the request has the password that may be refused.
    /// - Throws: the problem that a refusal stands for.
    func value(passwordPointer: String = "/password") throws(Problem) -> Value {
        switch self {
        case .done(let value): return value
        case .refused(let refusal): throw Problem(refusal: refusal, passwordPointer: passwordPointer)
        }
    }
}
