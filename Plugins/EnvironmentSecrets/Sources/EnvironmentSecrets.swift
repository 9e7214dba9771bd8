package import PluginKit

/// Secrets from the environment variables that begin with one prefix: the secret `PEPPER` is the variable `<prefix>PEPPER`.
///
/// The environment is taken once; a process cannot see a later change of it anyway. Variables without the prefix
/// are not kept. A variable that is empty counts as absent. A value is the variable's text in UTF-8, unchanged.
package struct EnvironmentSecrets: SecretBackend {
    private let secrets: [String: ResolvedSecret]

    package init(prefix: String, environment: [String: String]) {
        var secrets: [String: ResolvedSecret] = [:]
        for (variable, value) in environment where !value.isEmpty && variable.utf8.starts(with: prefix.utf8) {
            let name = String(decoding: variable.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
            guard Self.nameProblem(name) == nil else { continue }
            secrets[name] = ResolvedSecret(value: SecretBytes(value.utf8), version: "start", changedAt: nil)
        }
        self.secrets = secrets
    }

    package func resolve(_ name: String) async throws -> ResolvedSecret? {
        guard Self.nameProblem(name) == nil else { return nil }
        return secrets[name]
    }

    /// A name has 1 to 128 capital letters, digits and underscores, and begins with a letter or a digit.
    package static func nameProblem(_ name: String) -> String? {
        let bytes = name.utf8
        guard (1...128).contains(bytes.count), bytes.first != UInt8(ascii: "_"), bytes.allSatisfy(isNameByte) else {
            return "must be capital letters, digits and underscores, at most 128, and not begin with an underscore"
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
