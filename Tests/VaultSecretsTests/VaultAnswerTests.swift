import Foundation
import PluginKit
import Testing

@testable import VaultSecrets

@Suite("What an answer of Vault means")
struct VaultAnswerTests {
    @Test(
        "is told from its status and its words",
        arguments: [
            (200, #"{"data":{}}"#, nil), (204, "", nil),
            (200, "<html>", .notVault(status: 200)), (200, "", .notVault(status: 200)),
            (307, "", .standby), (301, #"<a href="/v1/x">Moved</a>"#, .standby),
            (400, #"{"errors":["invalid secret id"]}"#, nil),
            (
                400,
                #"{"errors":["Upgrading from non-versioned to versioned data. This backend will be unavailable"]}"#,
                .upgrading
            ),
            (403, #"{"errors":["permission denied"]}"#, .forbidden),
            (403, "<html>a proxy says no</html>", .notVault(status: 403)),
            (404, #"{"errors":[]}"#, nil), (404, "not found", .notVault(status: 404)),
            (412, #"{"errors":["required index state not present"]}"#, .unavailable(status: 412)),
            (429, #"{"errors":["rate limit quota exceeded"]}"#, .rateLimited(retryAfter: nil)),
            (472, "{}", .unavailable(status: 472)), (473, "{}", .unavailable(status: 473)),
            (500, #"{"errors":["internal error"]}"#, .unavailable(status: 500)),
            (501, #"{"errors":[]}"#, .uninitialised), (502, "<html>", .unavailable(status: 502)),
            (503, #"{"errors":["Vault is sealed"]}"#, .sealed),
            (503, #"{"errors":["no active Vault instance found"]}"#, .noLeader),
            (503, #"{"errors":["node is not active"]}"#, .noLeader), (503, "busy", .unavailable(status: 503)),
            (504, "", .unavailable(status: 504)), (505, "", .notVault(status: 505)), (101, "", .notVault(status: 101)),
        ] as [(Int, String, VaultProblem?)])
    func meaning(status: Int, body: String, problem: VaultProblem?) {
        #expect(VaultAnswer(status: status, body: SecretBytes(body.utf8)).problem == problem)
    }

    @Test(
        "carries how long to wait, where that is a number of seconds",
        arguments: [("0", 0), ("7", 7), ("-1", nil), ("soon", nil), ("1234567", nil)] as [(String, Int?)])
    func retryAfter(header: String, seconds: Int?) {
        let answer = VaultAnswer(status: 429, retryAfter: header, body: SecretBytes([]))
        #expect(answer.problem == .rateLimited(retryAfter: seconds.map { .seconds($0) }))
    }

    @Test("does not show its body")
    func silence() {
        let answer = VaultAnswer(status: 200, body: SecretBytes(#"{"data":{"a":"canary"}}"#.utf8))
        var shown = String(reflecting: answer)
        dump(answer, to: &shown)
        #expect(!shown.contains("canary"))
    }

    @Test("says for each problem what to do")
    func words() {
        let problems: [VaultProblem] = [
            .unreachable(.connectionRefused), .unreachable(.unknownHost), .unreachable(.noRoute), .unreachable(.slow),
            .tls(.untrustedCertificate), .tls(.wrongName), .tls(.handshake), .timedOut, .cut, .answerTooLarge,
            .resting(last: .timedOut), .closed, .cancelled, .notVault(status: 1), .standby, .sealed, .uninitialised,
            .noLeader, .unavailable(status: 1), .rateLimited(retryAfter: nil), .upgrading, .forbidden,
            .refused(status: 1), .noMount, .wrongEngineVersion(expected: .one), .noPath, .noField, .deleted(version: 1),
            .destroyed(version: 1), .notText, .loginRefused, .noLoginMount, .wrappingRefused, .wrappedElsewhere,
            .credential("x"),
        ]
        #expect(Set(problems.map(\.description)).count == problems.count)
    }

    @Test(
        "reads times to the nanosecond as far as a date goes",
        arguments: [
            ("2026-11-23T18:17:13Z", 1_795_457_833.0), ("2026-11-23T18:17:13.512768966Z", 1_795_457_833.512_769),
            ("2026-11-23", nil), ("", nil), ("2026-11-23T18:17:13+01:00", nil),
        ] as [(String, Double?)])
    func times(text: String, seconds: Double?) {
        let read = VaultTime.read(text)?.timeIntervalSince1970
        #expect(read.map { ($0 * 1000).rounded() } == seconds.map { ($0 * 1000).rounded() })
    }
}
