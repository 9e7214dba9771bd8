import Foundation
import Logging
import PluginKit
import PluginTesting

@testable import FileSecrets

/// A folder of secrets that lives as long as a test.
final class SecretFolder: Sendable {
    let root: URL

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "secrets-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: root)
    }

    var settings: FileSettings {
        SettingsLiteral.section([(key: "directory", value: .text(root.path))]).read(as: FileSettings.self).settings
    }

    func secrets(
        logger: Logger = CapturedLog().logger, clock: FixedClock = FixedClock()
    ) throws -> FileSecrets {
        try FileSecrets(directory: root.path, logger: logger, now: clock.reading)
    }

    func url(_ name: String, tenant: String? = nil) -> URL {
        (tenant.map { root.appending(path: $0) } ?? root).appending(path: name)
    }

    @discardableResult
    func write(_ name: String, _ contents: String, tenant: String? = nil, mode: Int = 0o600) throws -> URL {
        try write(name, bytes: Array(contents.utf8), tenant: tenant, mode: mode)
    }

    /// Writes in place: the file stays the same one.
    @discardableResult
    func write(_ name: String, bytes: [UInt8], tenant: String? = nil, mode: Int = 0o600) throws -> URL {
        let url = url(name, tenant: tenant)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        return url
    }

    /// Renames a finished file over the old one.
    func replace(_ name: String, _ contents: String) throws {
        let fresh = try write("fresh", contents)
        guard rename(fresh.path, url(name).path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}

extension ResolvedSecret {
    var text: String { value.withExposedBytes { String(decoding: $0, as: UTF8.self) } }
}
