import Foundation
public import PluginKit

/// The `credential` provider: a tenant's secrets from the credentials that systemd passes to a service.
///
/// The secret `pepper` of the tenant `acme` is the credential `acme.pepper`. A slug holds no dot, so no credential
/// belongs to two tenants. systemd hands credentials over when the service starts and never changes them while it runs;
/// nothing here watches them. A credential that is empty counts as absent. See `systemd.exec(5)`, "Credentials".
public struct SystemdCredentials: Provider, SecretBackend {
    public static let name: ProviderName = "credential"

    /// The most that one credential may hold.
    public static let maximumSizeBytes = 64 * 1024

    private let folder: String?
    private let tenantSlug: String

    public init(settings: CredentialSettings, context: ProviderContext) async throws {
        self.init(
            folder: ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"], tenantSlug: context.tenantSlug)
    }

    init(folder: String?, tenantSlug: String) {
        self.folder = folder
        self.tenantSlug = tenantSlug
    }

    public func resolve(_ name: String) async throws -> ResolvedSecret? {
        guard Self.nameProblem(name) == nil, let folder else { return nil }
        let credential = "\(tenantSlug).\(name)"
        guard let bytes = try read(credential, in: folder), !bytes.isEmpty else { return nil }
        return ResolvedSecret(value: SecretBytes(bytes), version: "start")
    }

    public func absence(of name: String) async -> String {
        guard folder != nil else {
            return "the process was given no credentials; start it as a unit with LoadCredential="
        }
        return "add LoadCredential=\(tenantSlug).\(name):/path/of/the/secret to the unit, and restart it"
    }

    /// A name has 1 to 64 letters, digits, dots, hyphens and underscores of ASCII, and does not begin with a dot.
    public static func nameProblem(_ name: String) -> String? {
        let bytes = name.utf8
        guard (1...64).contains(bytes.count), bytes.first != UInt8(ascii: "."), bytes.allSatisfy(isNameByte) else {
            return "must be letters, digits, dots, hyphens and underscores, at most 64, and not begin with a dot"
        }
        return nil
    }

    private func read(_ credential: String, in folder: String) throws -> Data? {
        let path = "\(folder)/\(credential)"
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? .max
            guard size <= Self.maximumSizeBytes else {
                throw SecretBackendError(
                    "reading the credential \(credential): it is larger than \(Self.maximumSizeBytes) bytes")
            }
            return try Data(contentsOf: URL(filePath: path))
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        } catch let error as CocoaError {
            // The code alone: what Foundation says of a file is not ours to vouch for.
            throw SecretBackendError("reading the credential \(credential): error \(error.code.rawValue)")
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// Settings of the `credential` provider: there are none; the section `credential: {}` turns it on.
public struct CredentialSettings: ProviderSettings {
    public init(reading section: SettingsReader) {}
}
