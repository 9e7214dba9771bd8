package import Kernel
import PluginKit

/// Makes and opens cursors: opaque, unforgeable, and good for one list only.
///
/// A cursor is base 64 of the position and a MAC over list and position. The position is not secret, but the client
/// cannot make or move one: what ``open(_:of:)`` returns was written by ``seal(_:of:)`` for the same list.
package struct CursorSeal: Sendable {
    private static let macLength = 32

    private let macs: [KeyedHash]

    /// - Parameter macs: keyed hashes of 32 bytes whose keys nobody else uses for anything. The first seals; the others
    ///   still open what was sealed before the key was changed.
    package init(macs: [KeyedHash]) {
        precondition(!macs.isEmpty)
        self.macs = macs
    }

    package func seal(_ position: [UInt8], of list: CursorList) -> String {
        Base64URL.encode(position + macs[0](list.binding(position)))
    }

    /// - Throws: `cursor_invalid` for anything that was not sealed for this list.
    package func open(_ text: String, of list: CursorList) throws(Problem) -> [UInt8] {
        guard text.utf8.count <= 1024, let bytes = Base64URL.decode(Array(text.utf8)), bytes.count >= Self.macLength
        else {
            throw Problem(.cursorInvalid)
        }
        let position = Array(bytes.dropLast(Self.macLength))
        // Compared in constant time, so that a MAC cannot be guessed byte by byte.
        let sent = SecretBytes(bytes.suffix(Self.macLength))
        let binding = list.binding(position)
        guard macs.contains(where: { sent.matches(SecretBytes($0(binding))) }) else { throw Problem(.cursorInvalid) }
        return position
    }
}

/// The list that a cursor belongs to: whose it is, which route gives it, what it was narrowed by.
package struct CursorList: Sendable {
    private let parts: [String]

    /// - Parameters:
    ///   - tenant: the tenant's id; empty for a list of the platform.
    ///   - route: the template of the route's path.
    ///   - filter: the query parameters that choose entries, without `limit` and `cursor`.
    package init(tenant: String, route: String, filter: [String: String] = [:]) {
        let pairs = filter.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        parts = [tenant, route] + pairs.flatMap { [$0.key, $0.value] }
    }

    /// All parts with their lengths before them, so that no two lists give the same bytes.
    func binding(_ position: [UInt8]) -> [UInt8] {
        (parts.map { Array($0.utf8) } + [position]).flatMap { part in
            withUnsafeBytes(of: UInt32(part.count).bigEndian, Array.init) + part
        }
    }
}
