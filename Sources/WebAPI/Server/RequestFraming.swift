import HTTPTypes

/// Whether all readers of a request agree on where it ends and whom it is for (RFC 9112, 3.2 and 6.3).
enum RequestFraming {
    static func isAmbiguous(_ head: HTTPRequest) -> Bool {
        let lengths = head.headerFields[values: .contentLength]
        let codings = head.headerFields[values: .transferEncoding]
        let isFramedTwice = lengths.count + codings.count > 1
        let isCodedOddly = codings.first.map { $0.lowercased() != "chunked" } ?? false
        let isLengthOdd = lengths.first.map { !isNumber($0) } ?? false
        return isFramedTwice || isCodedOddly || isLengthOdd || !hasOneHost(head)
    }

    /// The parser takes the first `Host` out of the fields and into the authority.
    private static func hasOneHost(_ head: HTTPRequest) -> Bool {
        head.headerFields[.host] == nil && !(head.authority ?? "").isEmpty
    }

    private static func isNumber(_ text: String) -> Bool {
        (1...18).contains(text.utf8.count) && text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    }
}
