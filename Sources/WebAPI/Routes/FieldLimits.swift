import Kernel
import PluginKit

/// Lengths that several bodies share, in bytes of UTF-8.
enum FieldLimits {
    static let passwordBytes = 1024
    static let tokenBytes = 1...4096
    static let loginBytes = 1...1016
    static let nameBytes = 1...800
    static let factorBytes = 1...32
    static let codeBytes = 1...128
    static let roleNameBytes = 1...40
    static let roleCount = 0...20
}

extension TextCheck {
    static let login = TextCheck(fix: "send a user name or an e-mail address", problem: Login.problem)

    static let displayName = TextCheck(fix: "send a shorter name without control characters") { text in
        DisplayName(text) == nil ? DisplayName.problem : nil
    }
}
