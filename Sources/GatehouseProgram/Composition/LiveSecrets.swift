import Cryptography
import Foundation
import Kernel
import Logging
import PluginKit
import PostgresStore
import ServiceLifecycle

/// Takes up the process's own secrets when they change: the keys, and the addresses of the database.
///
/// What cannot be taken up yet, such as a context key that the database does not know, is left as it was and tried again;
/// the values in use go on working meanwhile.
struct LiveSecrets: Service, CustomStringConvertible {
    let installation: Installation
    var interval = Duration.seconds(5)
    // What the log calls this service.
    var description: String { "live secrets" }

    func run() async throws {
        let taken = TakenSecrets(installation: installation)
        try? await cancelWhenGracefulShutdown {
            while true {
                await taken.takeUp()
                try await Task.sleep(for: interval)
            }
        }
    }
}

/// The secrets that are in use, by what tells one value from the next.
///
/// The first look takes everything up: a secret may have changed since the start of the process read it.
actor TakenSecrets {
    private let installation: Installation
    private var versions: [String: [String]] = [:]
    private var complaints: Set<String> = []

    init(installation: Installation) {
        self.installation = installation
    }

    /// Looks at every secret once, and takes up what changed.
    func takeUp() async {
        typealias Key = ProcessKeys.Name
        await look(at: [Key.keyEncryption.rawValue, Key.keyEncryption.previous]) { try await takeUpWrappers() }
        await look(at: [Key.context.rawValue, Key.context.previous]) { try await takeUpContextKey() }
        guard installation.settings.database == nil else { return }
        for (name, use) in installation.stores.byAddress {
            await look(at: [name.rawValue, name.previous]) {
                guard let pair = try await installation.secrets.addressPair(name) else { return }
                use(pair.current, pair.previous)
                if name == .app { installation.announcements.useConnection(pair.current, previous: pair.previous) }
            }
        }
    }

    /// Runs `take` where one of these secrets is another than the last time that `take` succeeded. Says once what keeps
    /// it from being taken up.
    private func look(at names: [String], _ take: () async throws -> Void) async {
        let name = names[0]
        do {
            let found = try await currentVersions(of: names)
            guard versions[name] != found else { return }
            try await take()
            if versions[name] != nil { installation.logger.notice("took up a secret", metadata: ["secret": "\(name)"]) }
            versions[name] = found
            complaints.remove(name)
        } catch is CancellationError {
            // The process ends.
            return
        } catch {
            guard complaints.insert(name).inserted else { return }
            installation.logger.error(
                "a secret could not be taken up; what is in use stays, and it is tried again",
                metadata: ["secret": "\(name)", "why": "\(error)"])
        }
    }

    private func currentVersions(of names: [String]) async throws -> [String] {
        var found: [String] = []
        for name in names { found.append(try await installation.secrets.secret(name)?.version ?? "none") }
        return found
    }

    // Keys that leave a data key closed are a mistake; what they wrapped would be lost when somebody mends it.
    private func takeUpWrappers() async throws {
        let wrappers = try await ProcessKeys.read(from: installation.secrets).wrappers
        if let id = try await installation.trial(of: wrappers).missingKeyID() { throw MissingWrapper(id: id) }
        installation.kernel.hierarchy.encryption.use(wrappers)
    }

    private func takeUpContextKey() async throws {
        let keys = try await ProcessKeys.read(from: installation.secrets)
        let preparation = SchemaPreparation(isEmbedded: installation.isEmbedded, logger: installation.logger)
        try await preparation.installContextKeys(installation.addresses, keys: keys)
        guard try await installation.stores.tenants.isAccepted(ContextSigner(key: keys.contextKeys[0])) else {
            throw UnknownContextKey()
        }
        installation.signer.use(keys.contextKeys[0])
        installation.platformSecrets.use(keys.contextKeys)
    }
}

/// Data keys are wrapped by a key-encryption key that the process does not have any more.
struct MissingWrapper: Error, CustomStringConvertible {
    let id: String

    var description: String {
        """
        data keys are wrapped by the key-encryption key \(id), which is not at hand; put it back as \
        key-encryption-key or key-encryption-key-previous, from your backup where it has to be: no other key opens them
        """
    }
}

/// The database does not know a context key that the process has.
private struct UnknownContextKey: Error, CustomStringConvertible {
    let description = "the database does not know the new context key yet; run `gatehouse migrate`"
}
