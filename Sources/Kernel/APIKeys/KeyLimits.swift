import PluginKit

/// What may be said about API keys, over HTTP as at the command line.
package enum KeyLimits {
    /// Of a name, and of a reason, in UTF-8.
    package static let nameBytes = 1...200
    package static let scopeCount = 1...50
    package static let networkCount = 0...50
    /// Uses per minute.
    package static let rateLimit = 1...1_000_000
    /// How long secrets are good; the tenant's policy has the last word.
    package static let lifetimeSeconds = 60...730 * 86_400
    /// How old secrets may be asked to be.
    package static let ageSeconds = 0...730 * 86_400
    package static let overlapSeconds = 0...Int(KeyPolicy.longestOverlap.components.seconds)
    package static let metadataCount = 0...20
    package static let metadataNameBytes = 1...64
    package static let metadataBytes = 0...500
}
