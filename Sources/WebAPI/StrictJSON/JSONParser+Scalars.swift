extension JSONParser {
    /// A number in JSON's grammar, as written: no plus sign, no leading zeros, digits on both sides of the point.
    mutating func number() throws(JSONSyntaxError) -> String {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if current == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw unexpected() }
    }

    /// A quoted text, its escapes resolved. U+0000 and lone surrogates become faults and U+FFFD.
    mutating func text() throws(JSONSyntaxError) -> String {
        try expect(UInt8(ascii: "\""))
        var text = ""
        while true {
            let start = position
            while let byte = current, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                position += 1
            }
            // The whole document is UTF-8 and these bounds are ASCII, so nothing is cut in two.
            text += String(decoding: bytes[start..<position], as: UTF8.self)
            guard current == UInt8(ascii: "\\") else { break }
            text.unicodeScalars.append(try escape())
        }
        try expect(UInt8(ascii: "\""))
        return text
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        position += 1
        guard let letter = current else { throw unexpected() }
        if letter == UInt8(ascii: "u") { return try unicodeEscape() }
        guard let scalar = Self.shortEscapes[letter] else { throw unexpected() }
        position += 1
        return scalar
    }

    private static let shortEscapes: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) {
            if first == 0 { fault("nul_character", "holds U+0000", fix: "remove the character") }
            return scalar
        }
        guard UTF16.isLeadSurrogate(first), let second = try trailingSurrogate() else {
            fault("lone_surrogate", "holds half of a surrogate pair", fix: "send the whole character")
            return "\u{FFFD}"
        }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    /// The second half of a pair, if it follows; else nothing is consumed.
    private mutating func trailingSurrogate() throws(JSONSyntaxError) -> UInt16? {
        let start = position
        guard current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") else {
            return nil
        }
        position += 1
        let unit = try codeUnit()
        if UTF16.isTrailSurrogate(unit) { return unit }
        position = start
        return nil
    }

    /// The four hexadecimal digits after `u`.
    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        position += 1
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Self.hexadecimal(byte) else { throw unexpected() }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
