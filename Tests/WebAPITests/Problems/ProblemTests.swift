import Foundation
import HTTPTypes
import Kernel
import NIOCore
import PluginKit
import Testing

@testable import WebAPI

@Suite struct ProblemTests {
    @Test("every code is lower snake case, has an error status and says what it means", arguments: ProblemCode.allCases)
    func registry(code: ProblemCode) {
        #expect(
            code.rawValue.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
            })
        #expect((400..<600).contains(code.status.code))
        #expect(code.meaning.utf8.last == UInt8(ascii: "."))
    }

    @Test("a problem has the members of RFC 9457 and ours")
    func members() throws {
        let field = FieldProblem(pointer: "/a", code: "missing", message: "is missing", fix: "send it")
        let body = Problem(.invalidBody, errors: [field]).body(requestID: "req_1")
        let object = try #require(JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        #expect(Set(object.keys) == ["type", "title", "status", "code", "detail", "request_id", "errors"])
        #expect(object["type"] as? String == "urn:gatehouse:problem:invalid_body")
        #expect(object["title"] as? String == "Invalid body")
        #expect(object["status"] as? Int == 400)
        #expect(object["request_id"] as? String == "req_1")
        let errors = try #require(object["errors"] as? [[String: String]])
        #expect(errors == [["pointer": "/a", "code": "missing", "message": "is missing", "fix": "send it"]])
    }

    @Test("a refusal that nobody took for an answer is a problem all the same")
    func thrownRefusal() {
        let translation = ProblemTranslation()
        #expect(translation.problem(for: Refusal.notFound)?.code == .notFound)
        #expect(translation.problem(for: Refusal.lifetimeTooLong(seconds: 60))?.code == .invalidBody)
    }

    @Test("429 and 503 say when to come back", arguments: ProblemCode.allCases)
    func retryAfter(code: ProblemCode) {
        let owesRetryAfter = [429, 503].contains(code.status.code)
        #expect((Problem(code).headers[.retryAfter] != nil) == owesRetryAfter)
        #expect(Problem(.rateLimited, retryAfterSeconds: 90).headers[.retryAfter] == "90")
    }

    @Test("errors of the contract become the answers they stand for, and others are nobody's")
    func translation() {
        let translation = ProblemTranslation()
        #expect(translation.problem(for: Overloaded(what: "the pool"))?.code == .overloaded)
        #expect(translation.problem(for: DatabaseError.timedOut)?.code == .unavailable)
        #expect(translation.problem(for: DatabaseError.overloaded)?.code == .overloaded)
        #expect(translation.problem(for: DatabaseError.refused) == nil)
        #expect(translation.problem(for: SampleAPI.Unexpected()) == nil)
    }

    @Test("docs/problems.md is what the registry says; set GATEHOUSE_UPDATE_DOCS=1 to write it")
    func documentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/problems.md")
        if ProcessInfo.processInfo.environment["GATEHOUSE_UPDATE_DOCS"] == "1" {
            try Data(ProblemDocumentation.markdown.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == ProblemDocumentation.markdown)
    }
}
