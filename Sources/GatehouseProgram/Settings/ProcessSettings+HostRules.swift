import Foundation
import Kernel
import PluginKit

extension ProcessSettings {
    /// What the documents of tenants may name of this machine: never what the process keeps for itself.
    var hostRules: HostRules {
        HostRules(kept: [.init(data)] + keptSecrets, tenantFiles: tenantFiles, tenantHosts: tenantHosts)
    }

    private var keptSecrets: [HostFiles.KeptFolder] {
        switch secrets {
        case .folder(let folder): [.init(folder)]
        case .environment: []
        // What opens the vault lies beside the file that describes it; folders beneath it may be anybody's.
        case .vault(let file): [.init(URL(filePath: file).deletingLastPathComponent().path, isWhole: false)]
        }
    }
}

extension HostRules {
    /// `nil` where one of them is empty.
    static func folders(_ text: String) -> [String]? {
        let parts = parts(of: text)
        return parts.contains("") ? nil : parts
    }

    /// `nil` where one of them is no host, with or without a port.
    static func hosts(_ text: String) -> Set<String>? {
        let parts = parts(of: text).map { $0.lowercased() }
        let isSound = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isHostByte) }
        return isSound ? Set(parts) : nil
    }

    private static func parts(of text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
