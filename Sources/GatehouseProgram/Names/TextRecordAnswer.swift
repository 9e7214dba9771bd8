import CResolv

/// An answer of a name server (RFC 1035, 4), as far as its text records go. The bytes come from strangers.
enum TextRecordAnswer {
    /// The texts of all TXT records in the answer, each put together from its parts; `nil` where the bytes are no answer.
    static func texts(in message: [UInt8]) -> [[UInt8]]? {
        message.withUnsafeBufferPointer { bytes in
            var handle = ns_msg()
            guard let start = bytes.baseAddress,
                gatehouse_ns_initparse(start, Int32(bytes.count), &handle) == 0
            else { return nil }
            let count = Int(handle._counts.1)
            var texts: [[UInt8]] = []
            for number in 0..<count {
                var record = ns_rr()
                guard gatehouse_ns_parserr(&handle, 1, Int32(number), &record) == 0 else { return nil }
                guard record.type == Self.text, record.rr_class == Self.internet else { continue }
                guard let text = joined(UnsafeBufferPointer(start: record.rdata, count: Int(record.rdlength))) else {
                    return nil
                }
                texts.append(text)
            }
            return texts
        }
    }

    /// A record holds strings of at most 255 bytes, each behind its length, that together are the text (RFC 7208, 3.3).
    static func joined(_ data: some Sequence<UInt8>) -> [UInt8]? {
        var (text, rest): ([UInt8], ArraySlice<UInt8>) = ([], Array(data)[...])
        while let length = rest.popFirst() {
            guard rest.count >= Int(length) else { return nil }
            text += rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
        }
        return text
    }

    /// The types and classes of records are numbers of the protocol (RFC 1035, 3.2.2 and 3.2.4).
    static let text: UInt16 = 16
    static let internet: UInt16 = 1
}
