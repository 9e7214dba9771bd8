package import PluginKit

/// Why a settings document was refused: everything that is wrong with it.
package struct SettingsProblems: Error, Sendable {
    /// At least one, in the order of their lines.
    package let list: [SettingsProblem]

    package init(_ list: [SettingsProblem]) {
        self.list = list
    }

    init(_ problem: SettingsProblem) {
        self.init([problem])
    }
}
