import PluginKit
import Testing

@testable import WebAPI

@Suite struct JSONBodyTests {
    private enum Color: String, CaseIterable { case red, green }

    private struct Sample: JSONBody {
        let login: String
        let password: SecretText?
        let roles: [String]
        let count: Int?
        let isAdmin: Bool?
        let color: Color
        let name: FieldChange<String>
        let inner: Inner?

        init(reading body: BodyReader) {
            login = body.text("login", bytes: 3...10)
            password = body.optionalSecret("password", bytes: 1...12)
            roles = body.texts("roles", count: 0...2, bytes: 1...5)
            count = body.optionalInteger("count", in: 0...9)
            isAdmin = body.optionalBoolean("is_admin")
            color = body.choice("color", of: Color.self)
            name = body.change("name", bytes: 1...5)
            inner = body.optionalObject("inner", Inner.self)
        }
    }

    private struct Inner: JSONBody {
        let id: Int

        init(reading body: BodyReader) {
            id = body.integer("id", in: 1...2)
        }
    }

    private func problems(_ json: String) throws -> [String] {
        do {
            _ = try Sample.read(from: Array(json.utf8))
            return []
        } catch {
            #expect(error.code == .invalidBody)
            return error.errors.map { "\($0.pointer) \($0.code)" }
        }
    }

    @Test("a good body gives its values")
    func good() throws {
        let json =
            #"{"login":"alice","password":"pässword","roles":["a"],"count":3,"is_admin":true,"color":"green","name":null,"inner":{"id":2}}"#
        let sample = try Sample.read(from: Array(json.utf8))
        #expect(sample.login == "alice" && sample.roles == ["a"] && sample.count == 3 && sample.isAdmin == true)
        #expect(sample.color == .green && sample.inner?.id == 2)
        #expect(sample.password?.bytes.matches(SecretBytes("pässword".utf8)) == true)
        guard case .clear = sample.name else { return #expect(Bool(false), "null clears a text") }
    }

    @Test("all problems of a body are reported at once, with pointers")
    func all() throws {
        let json =
            #"{"login":"ab","roles":["toolong",3],"count":1.0,"is_admin":"yes","color":"blue","inner":{"id":7,"x":1},"id":"usr_1","login":"b\u0000"}"#
        #expect(
            try problems(json) == [
                "/login nul_character", "/login duplicate_field", "/login too_short", "/roles/0 too_long",
                "/roles/1 wrong_type",
                "/count wrong_type", "/is_admin wrong_type", "/color not_allowed", "/inner/id out_of_range",
                "/inner/x unknown_field",
                "/id unknown_field",
            ])
    }

    @Test("missing fields are reported")
    func missing() throws {
        #expect(try problems("{}") == ["/login missing", "/roles missing", "/color missing"])
    }

    @Test(
        "null is no text, no list and no number",
        arguments: ["login", "password", "roles", "count", "is_admin", "color", "inner"])
    func null(field: String) throws {
        let json = #"{"login":"alice","roles":[],"color":"red","\#(field)":null}"#
        #expect(try problems(json).contains { $0.hasPrefix("/\(field) ") })
    }

    @Test("the document itself must be an object", arguments: ["[]", "null", "1", "\"a\""])
    func notAnObject(json: String) throws {
        #expect(try problems(json).first == " wrong_type")
    }

    @Test("a number too large for the program is out of range, not a crash")
    func hugeNumber() throws {
        let json = #"{"login":"alice","roles":[],"color":"red","count":99999999999999999999999}"#
        #expect(try problems(json) == ["/count out_of_range"])
    }

    @Test("an answer lists fifty problems at most")
    func manyProblems() throws {
        let members = (0..<500).map { "\"f\($0)\":1" }.joined(separator: ",")
        #expect(try problems("{\(members)}").count == 50)
    }

    @Test("no message repeats a value")
    func noEcho() {
        let json = #"{"login":"ab","password":"hunter2-hunter2","roles":"hunter2-hunter2","color":"hunter2-hunter2"}"#
        #expect {
            _ = try Sample.read(from: Array(json.utf8))
        } throws: { error in
            !"\(error)".contains("hunter2")
        }
    }

    @Test("a field whose name only looks like a known one is unknown")
    func lookalike() throws {
        // U+212A KELVIN SIGN is canonically equal to K.
        struct Keyed: JSONBody {
            init(reading body: BodyReader) { _ = body.optionalText("K", bytes: 1...9) }
        }
        #expect(throws: Problem.self) { _ = try Keyed.read(from: Array("{\"\u{212A}\":\"x\"}".utf8)) }
        #expect(throws: Never.self) { _ = try Keyed.read(from: Array("{\"K\":\"x\"}".utf8)) }
    }

    @Test("a route without a body takes nothing or an empty object, and no fields")
    func noBody() throws {
        _ = try NoBody.read(from: [])
        _ = try NoBody.read(from: Array("{}".utf8))
        #expect(throws: Problem.self) { _ = try NoBody.read(from: Array("{\"a\":1}".utf8)) }
        #expect(throws: Problem.self) { _ = try Sample.read(from: []) }
    }
}
