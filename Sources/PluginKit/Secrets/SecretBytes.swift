#if canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#else
    private import Darwin
#endif

/// Bytes that must not be shown, kept in one place and wiped when released.
///
/// There is no description, no encoding and no `==`; comparison is ``matches(_:)``, in constant time.
public struct SecretBytes: Sendable {
    private let storage: Storage

    public init(_ bytes: some Sequence<UInt8>) {
        storage = Storage(Array(bytes))
    }

    public var count: Int { storage.buffer.count }
    public var isEmpty: Bool { storage.buffer.isEmpty }

    /// Lends the bytes for the length of `body`; they must not be kept.
    public func withExposedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(storage) { try body(UnsafeRawBufferPointer(storage.buffer)) }
    }

    /// Whether both hold the same bytes; the time taken depends on the lengths only.
    public func matches(_ other: SecretBytes) -> Bool {
        withExposedBytes { left in
            other.withExposedBytes { right in
                guard left.count == right.count else { return false }
                var difference: UInt8 = 0
                for index in left.indices { difference |= left[index] ^ right[index] }
                return difference == 0
            }
        }
    }

    // Immutable once made, so sharing it between threads is safe; `deinit` runs once, when nobody holds it.
    private final class Storage: @unchecked Sendable {
        let buffer: UnsafeMutableRawBufferPointer

        init(_ bytes: [UInt8]) {
            buffer = .allocate(byteCount: bytes.count, alignment: 1)
            buffer.copyBytes(from: bytes)
        }

        deinit {
            if let base = buffer.baseAddress { wipe(base, count: buffer.count) }
            buffer.deallocate()
        }
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Text that must not be shown: a password, a token, a one-time code.
public struct SecretText: Sendable {
    /// The text in UTF-8.
    public let bytes: SecretBytes

    public init(_ text: String) {
        bytes = SecretBytes(text.utf8)
    }

    public init(utf8 bytes: SecretBytes) {
        self.bytes = bytes
    }

    /// Lends the text for the length of `body`; it must not be kept.
    public func withExposed<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        try bytes.withExposedBytes { try body(String(decoding: $0, as: UTF8.self)) }
    }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Overwrites memory in a way that the optimiser may not remove.
private func wipe(_ base: UnsafeMutableRawPointer, count: Int) {
    #if canImport(Glibc) || canImport(Musl)
        explicit_bzero(base, count)
    #else
        _ = memset_s(base, count, 0, count)
    #endif
}
