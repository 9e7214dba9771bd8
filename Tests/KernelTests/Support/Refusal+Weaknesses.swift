@testable import Kernel

extension Refusal {
    /// The codes of what is wrong with a password; empty for another refusal.
    var weaknesses: [String] {
        if case .weakPassword(let weaknesses) = self { weaknesses.map(\.code) } else { [] }
    }
}
