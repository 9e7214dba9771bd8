import COATH
import Foundation
import PluginKit

/// Time-based one-time passwords (RFC 6238) by liboath. Cheap: two codes cost a few microseconds.
enum OneTimePassword {
    // Once in the process, by whoever comes first.
    private static let isReady = oath_init() == OATH_OK.rawValue

    /// The one of `steps` whose code is `code`; the first, should there be several.
    ///
    /// - Throws: ``TOTPError`` where liboath could not decide.
    static func step(
        of code: OneTimeCode, by secret: TOTPSecret, among steps: [TimeStep]
    ) throws(TOTPError) -> TimeStep? {
        // liboath takes the length of the code from the code.
        guard code.digits == secret.digits else { return nil }
        for step in steps where step.isCounted {
            if let match = try match(code, secret, at: step) { return match }
        }
        return nil
    }

    /// liboath's window reaches into the future as well as into the past, so each step is asked about alone.
    ///
    /// It compares as `strcmp` does, which may tell somebody with a good clock how many digits are right. That does not
    /// help him: the code is gone in a minute, and his attempts are counted.
    private static func match(
        _ code: OneTimeCode, _ secret: TOTPSecret, at step: TimeStep
    ) throws(TOTPError) -> TimeStep? {
        guard isReady else { throw TOTPError(description: "liboath cannot be used") }
        var (position, counter) = (Int32(0), UInt64(0))
        let status = secret.seed.withExposedBytes { seed in
            code.withExposedText { text in
                oath_totp_validate4(
                    seed.assumingMemoryBound(to: CChar.self).baseAddress, seed.count, time_t(step.startSeconds),
                    UInt32(TimeStep.lengthSeconds), 0, 0, &position, &counter, secret.algorithm.flags, text)
            }
        }
        switch status {
        case OATH_OK.rawValue: return TimeStep(number: Int64(counter))
        case OATH_INVALID_OTP.rawValue: return nil
        default: throw TOTPError(description: "liboath: code \(status)")
        }
    }
}

/// Thirty seconds of time, during which an app shows one code; counted from 1970.
struct TimeStep: Sendable, Equatable {
    static let lengthSeconds: Int64 = 30

    let number: Int64

    init(number: Int64) {
        self.number = number
    }

    init(at time: Date) {
        number = Int64((time.timeIntervalSince1970 / Double(Self.lengthSeconds)).rounded(.down))
    }

    var previous: TimeStep { TimeStep(number: number - 1) }

    /// Whether liboath can count it: there are no steps before 1970.
    var isCounted: Bool { number >= 0 }

    var startSeconds: Int64 { number * Self.lengthSeconds }
}

extension TOTPAlgorithm {
    fileprivate var flags: Int32 {
        switch self {
        case .sha1: 0
        case .sha256: Int32(OATH_TOTP_HMAC_SHA256.rawValue)
        case .sha512: Int32(OATH_TOTP_HMAC_SHA512.rawValue)
        }
    }
}

/// A code could not be checked, or a factor not be made.
struct TOTPError: Error, CustomStringConvertible {
    let description: String
}
