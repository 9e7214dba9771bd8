package import Foundation
package import Logging
package import PluginKit
import Synchronization

/// Secrets from the files of one folder: the secret `pepper` is the file `pepper`.
///
/// Every ``resolve(_:)`` looks at the file anew, so a change is seen at once. What was good once is kept: while the
/// file is missing or unfit later, the last good value is returned, with the time since when, and the log says so once.
/// A value's ``PluginKit/ResolvedSecret/changedAt`` is the time at which its file was last written.
package final class FileSecrets: SecretBackend {
    private struct Known {
        var secret: ResolvedSecret
        /// What keeps the file from being read now, and since when something does.
        var trouble: (problem: FileProblem, since: Date)?
    }

    private let place: HostFolder
    private let folder: String?
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let known = Mutex<[String: Known]>([:])

    /// - Parameters:
    ///   - place: may be reached through links.
    ///   - folder: a folder right beneath `place` that holds the files; `nil` where `place` itself does.
    ///   - now: the time, for saying since when a file could not be read.
    /// - Throws: `SecretBackendError` where `folder` is no plain name.
    package init(
        place: HostFolder, folder: String? = nil, logger: Logger, now: @escaping @Sendable () -> Date
    ) throws {
        if let folder, let problem = Self.nameProblem(folder) {
            throw SecretBackendError("opening a folder of secrets: its name \(problem)")
        }
        self.place = place
        self.folder = folder
        self.logger = logger
        self.now = now
    }

    /// The files of a folder that is the process's own.
    package convenience init(directory: String, logger: Logger, now: @escaping @Sendable () -> Date) throws {
        try self.init(place: HostFolder(ownedByProcess: directory), logger: logger, now: now)
    }

    // The file is read on the caller's thread: opening and reading a few dozen bytes from a local disk takes less
    // time than handing the work to another thread. Under the lock, so that an older reading never replaces a newer.
    package func resolve(_ name: String) async throws -> ResolvedSecret? {
        guard Self.nameProblem(name) == nil else { return nil }
        return try known.withLock { known in
            do throws(FileProblem) {
                let secret = try SecretFile.read(name, in: folder, of: place)
                remember(secret, as: name, in: &known)
                return secret
            } catch {
                return try lastGood(name, in: &known, despite: error)
            }
        }
    }

    /// A name has 1 to 64 letters, digits, dots, hyphens and underscores of ASCII, and does not begin with a dot.
    package static func nameProblem(_ name: String) -> String? {
        let bytes = name.utf8
        guard (1...64).contains(bytes.count), bytes.first != UInt8(ascii: "."), bytes.allSatisfy(SecretFile.isNameByte)
        else {
            return "must be letters, digits, dots, hyphens and underscores, at most 64, and not begin with a dot"
        }
        return nil
    }

    private func remember(_ secret: ResolvedSecret, as name: String, in known: inout [String: Known]) {
        if known[name]?.trouble != nil {
            logger.notice("a file of a secret can be read again", metadata: ["secret": "\(name)"])
        }
        known[name] = Known(secret: secret)
    }

    private func lastGood(
        _ name: String, in known: inout [String: Known], despite problem: FileProblem
    ) throws -> ResolvedSecret? {
        guard let last = known[name] else {
            if problem.meansAbsent { return nil }
            throw SecretBackendError("reading the secret file:\(name): \(problem)")
        }
        let since = last.trouble?.since ?? now()
        if last.trouble?.problem != problem {
            logger.warning(
                "a file of a secret cannot be read; its last good value stays in use",
                metadata: ["secret": "\(name)", "problem": "\(problem)"])
            known[name]?.trouble = (problem, since)
        }
        return ResolvedSecret(
            value: last.secret.value, version: last.secret.version, changedAt: last.secret.changedAt,
            unconfirmedSince: since)
    }
}
