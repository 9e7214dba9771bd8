import COpenSSL

/// A cryptographic key: never shown, never encoded, wiped when released.
package final class KeyBytes: @unchecked Sendable {
    // Filled before `init` returns and read-only from then on, so every thread may read it; `deinit` runs once,
    // when nobody holds it.
    private let buffer: UnsafeMutableRawBufferPointer

    /// Copies `bytes`, which may be the contents of an `UnsafeRawBufferPointer`; wiping the original is its maker's part.
    package convenience init(_ bytes: some Sequence<UInt8>) {
        let copy = withContiguousBytes(bytes) { source in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 1)
            copy.copyMemory(from: UnsafeRawBufferPointer(source))
            return copy
        }
        self.init(owning: copy)
    }

    /// A key of `count` bytes that `fill` writes in place, so that it never lies anywhere else.
    convenience init(
        count: Int, filling fill: (UnsafeMutableRawBufferPointer) throws(CryptographyError) -> Void
    ) throws(CryptographyError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        self.init(owning: buffer)
        try fill(buffer)
    }

    private init(owning buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    deinit {
        OPENSSL_cleanse(buffer.baseAddress, buffer.count)
        buffer.deallocate()
    }

    package var count: Int { buffer.count }

    /// Lends the key for the length of `body`; it must not be kept.
    package func withExposedBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeBufferPointer(buffer.assumingMemoryBound(to: UInt8.self)))
    }
}

extension KeyBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<key>" }
    package var debugDescription: String { "<key>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
