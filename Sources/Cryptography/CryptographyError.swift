import COpenSSL

/// Why a cryptographic operation gave no result. Holds no key, no message and no detail of where they differ.
package enum CryptographyError: Error, Sendable, Equatable {
    /// The key has another size than the algorithm takes.
    case wrongKeySize(bytes: Int)
    /// The text is too short or too long to be what it claims to be.
    case malformed
    /// The text was altered, was sealed with another key, or belongs elsewhere.
    case notAuthentic
    /// libcrypto refused; names the call.
    case failed(call: StaticString)

    package static func == (left: Self, right: Self) -> Bool { left.description == right.description }
}

extension CryptographyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongKeySize(let bytes): "a key of \(bytes) bytes does not fit the algorithm"
        case .malformed: "the text is too short or too long"
        case .notAuthentic: "the text was altered, sealed with another key, or moved from its place"
        case .failed(let call): "libcrypto refused \(call)"
        }
    }
}

/// Turns a return value of libcrypto into an error, unless it is `1`.
func check(_ status: Int32, _ call: StaticString) throws(CryptographyError) {
    guard status == 1 else { throw refusal(of: call) }
}

/// The error for a refused call. Empties the thread's error queue, which other users of libcrypto would take for their own.
func refusal(of call: StaticString) -> CryptographyError {
    ERR_clear_error()
    return .failed(call: call)
}
