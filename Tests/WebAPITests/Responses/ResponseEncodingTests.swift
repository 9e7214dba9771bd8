import Foundation
import Testing

@testable import WebAPI

@Suite struct ResponseEncodingTests {
    private struct Sample: Encodable {
        let userID = "usr_1"
        let createdAt = Date(timeIntervalSince1970: 0)
        let lastUsedAt: Date? = nil
        let otpauthURI = "otpauth://totp/a/b"
        let metadata = ["fooBar": "x"]
    }

    @Test("names are snake case in alphabetical order, times UTC with milliseconds, slashes plain")
    func encoding() throws {
        let text = String(decoding: try ResponseEncoding.encode(Sample()), as: UTF8.self)
        #expect(
            text
                == #"{"created_at":"1970-01-01T00:00:00.000Z","metadata":{"fooBar":"x"},"otpauth_uri":"otpauth://totp/a/b","user_id":"usr_1"}"#
        )
    }

    @Test("the last page says so with null")
    func lastPage() throws {
        let last = try ResponseEncoding.encode(Page(data: [1, 2], nextCursor: nil))
        #expect(String(decoding: last, as: UTF8.self) == #"{"data":[1,2],"next_cursor":null}"#)
        let first = try ResponseEncoding.encode(Page(data: [1], nextCursor: "abc"))
        #expect(String(decoding: first, as: UTF8.self) == #"{"data":[1],"next_cursor":"abc"}"#)
    }
}
