import PluginKit

/// The form of a web origin (RFC 6454) exactly as browsers send it: `https://app.example.com`, `http://localhost:3000`.
///
/// Origins are compared byte by byte, so anything that no browser would send is refused where it is written: a path, a
/// capital letter, a scheme's own port. Plain `http` is for `localhost`.
enum WebOrigin {
    static let check = TextCheck(
        pattern: "^(https://[a-z0-9.-]+|http://localhost)(:[0-9]{1,5})?$",
        fix: "write an origin such as https://app.example.com", problem: problem)

    /// What is wrong with `text` as an origin; `nil` where nothing is.
    static func problem(_ text: String) -> String? {
        for (scheme, defaultPort) in [("https://", 443), ("http://", 80)] where text.utf8.starts(with: scheme.utf8) {
            let authority = Array(text.utf8.dropFirst(scheme.utf8.count))
            return problem(authority: authority, isPlain: defaultPort == 80, defaultPort: defaultPort)
        }
        return "must begin with https://"
    }

    private static func problem(authority: [UInt8], isPlain: Bool, defaultPort: Int) -> String? {
        let parts = authority.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        if let problem = problem(host: parts[0]) { return problem }
        if isPlain, !parts[0].elementsEqual("localhost".utf8) {
            return "must be https, since only localhost may be http"
        }
        return parts.count == 2 ? problem(port: parts[1], defaultPort: defaultPort) : nil
    }

    private static func problem(host: ArraySlice<UInt8>) -> String? {
        if host.contains(UInt8(ascii: "/")) { return "must not have a path" }
        if host.contains(UInt8(ascii: "*")) { return "must be one exact origin, without *" }
        if host.contains(where: (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains) { return "must be in lower case" }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard host.count <= 253, labels.allSatisfy(isLabel) else {
            return "must name a host, as letters, digits, - and ."
        }
        return nil
    }

    private static func problem(port: ArraySlice<UInt8>, defaultPort: Int) -> String? {
        if port.contains(UInt8(ascii: "/")) { return "must not have a path" }
        // `Int` also reads a sign; the written form must be the only one.
        guard let number = Int(String(decoding: port, as: UTF8.self)), (1...65535).contains(number),
            port.elementsEqual(String(number).utf8)
        else { return "must have a port from 1 to 65535, or none" }
        return number == defaultPort ? "must leave out the port \(number), as browsers do" : nil
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == hyphen
        }
    }
}
