import COpenSSL

/// Comparison of secrets.
package enum ConstantTime {
    /// Whether both hold the same bytes; the time taken depends on the lengths only.
    package static func equal(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
        withContiguousBytes(left) { left in
            withContiguousBytes(right) { right in
                guard left.count == right.count else { return false }
                guard let first = left.baseAddress, let second = right.baseAddress else { return left.isEmpty }
                return CRYPTO_memcmp(first, second, left.count) == 0
            }
        }
    }
}
