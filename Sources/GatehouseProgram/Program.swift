import Kernel
public import PluginKit

/// The program `gatehouse`, for a `main` that adds plugins of its own.
///
/// ```swift
/// var plugins = PluginList.standard
/// plugins.add(factor: OurFactor.self)
/// await Program.main(plugins)
/// ```
public enum Program {
    /// The plugins of the program that runs here; every command sees those that ``main(_:)`` was given.
    @TaskLocal static var plugins = ProviderCatalog.standard

    /// Runs the command that the process's arguments name, and ends the process with its exit code where it is not 0.
    public static func main(_ plugins: PluginList = .standard) async {
        await $plugins.withValue(plugins.catalog) { await Gatehouse.main() }
    }
}

/// The plugins that a program contains, by role.
///
/// Two plugins of one name and role are a mistake of the program and end it at once.
public struct PluginList: Sendable {
    /// What Gatehouse brings along.
    public static let standard = PluginList(catalog: Program.plugins)

    fileprivate var catalog: ProviderCatalog

    /// Adds a keeper of secrets, for the section `secrets`.
    public mutating func add<P: Provider & SecretBackend>(secrets provider: P.Type) {
        catalog.add(secrets: provider)
    }

    /// Adds a way to sign in by password, for the section `sign_in`.
    public mutating func add<P: Provider & PasswordAuthenticator & PasswordKeeper>(password provider: P.Type) {
        catalog.add(password: provider)
    }

    /// Adds a second factor that people set up, for the section `sign_in`.
    public mutating func add<P: Provider & EnrollableFactor>(factor provider: P.Type) {
        catalog.add(factor: provider)
    }

    /// Adds codes to fall back on, for the section `sign_in`.
    public mutating func add<P: Provider & BackupFactor>(backup provider: P.Type) {
        catalog.add(backup: provider)
    }
}
