import Foundation

/// A person's name as shown to others: 1 to 200 code points, no control characters.
package struct DisplayName: Sendable {
    package static let maximumCodePoints = 200

    package let text: String

    /// `nil` for text that is no name.
    package init?(_ text: String) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let scalars = trimmed.unicodeScalars
        guard (1...Self.maximumCodePoints).contains(scalars.count),
            scalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.text = trimmed
    }

    package static let problem = "must be 1 to \(maximumCodePoints) characters without control characters"
}
