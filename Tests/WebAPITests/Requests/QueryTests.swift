import Foundation
import Testing

@testable import WebAPI

@Suite struct QueryTests {
    private func query(_ text: String) throws -> Query {
        try Query(text, names: ["limit", "after", "type"])
    }

    @Test("known parameters are decoded")
    func decoded() throws {
        let query = try query("type=user%2Ecreated%C3%A9&limit=20")
        #expect(query.values == ["type": "user.createdé", "limit": "20"])
        #expect(try query.integer("limit", in: 1...200) == 20)
        #expect(try query.text("type", bytes: 1...40) == "user.createdé")
        #expect(try query.integer("after", in: 1...2) == nil)
    }

    @Test(
        "unknown, repeated and broken parameters are refused with their names",
        arguments: [
            ("foo=1", "?foo unknown_parameter"), ("limit=1&limit=2", "?limit duplicate_parameter"),
            ("type=%", "?type invalid_format"),
            ("type=%00", "?type invalid_format"), ("type=a%0D%0Ab", "?type invalid_format"),
            ("type=%FF", "?type invalid_format"),
            ("Limit=1", "?Limit unknown_parameter"), ("%6Cimit=1", "?%6Cimit unknown_parameter"),
        ])
    func refused(text: String, expected: String) {
        #expect {
            _ = try query(text)
        } throws: { error in
            (error as? Problem)?.errors.map { "\($0.pointer) \($0.code)" } == [expected]
        }
    }

    @Test(
        "a credential in the URL is refused by name",
        arguments: ["access_token=x", "api_key=x", "API_KEY=x", "token", "limit=1&key=x"])
    func credentials(text: String) {
        #expect {
            _ = try query(text)
        } throws: { error in
            (error as? Problem)?.code == .tokenInURL
        }
    }

    private static let key = "acme_live_0000000000000000000_" + String(repeating: "A", count: 49)

    @Test(
        "an API key is refused under any name, and as a name",
        arguments: [
            "type=\(key)", "limit=1&type=\(key)", "note=\(key)", key, "\(key)=1",
            "type=\(key.replacing("_", with: "%5F"))",
            "\(key.replacing("l", with: "%6c"))", "type=Bearer%20\(key)",
        ])
    func keys(text: String) {
        #expect {
            _ = try query(text)
        } throws: { error in
            (error as? Problem)?.code == .tokenInURL
        }
    }

    @Test(
        "what has the form of a key in part only is a value like any other",
        arguments: [
            "acme_live_0000000000000000000", "acme_live_0000000000000000000_short", "acme_live_000000000000000000_",
            "acme_live_0000000000000000000_\(String(repeating: "A", count: 40))_x", "a_b_c_d", "___",
        ])
    func lookalikes(text: String) throws {
        #expect(try query("type=\(text)").values["type"] == text)
    }

    @Test(
        "a number must be written in digits and lie in its range",
        arguments: ["0", "201", "-1", "+5", "1.0", "", "٣", "99999999999999999999"])
    func integers(text: String) throws {
        let query = try query("limit=\(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")")
        #expect(throws: Problem.self) { try query.integer("limit", in: 1...200) }
    }

    @Test("times are read as the API writes them, and only in UTC")
    func times() throws {
        let time = Date(timeIntervalSince1970: 1_750_000_000.25)
        #expect(try query("after=\(RFC3339.write(time))").time("after") == time)
        #expect(try query("after=2025-06-15T15:06:40Z").time("after") == Date(timeIntervalSince1970: 1_750_000_000))
        for bad in ["2025-06-15", "2025-06-15T15:06:40", "2025-06-15T15:06:40%2B02:00", "now"] {
            #expect(throws: Problem.self) { try query("after=\(bad)").time("after") }
        }
    }
}
