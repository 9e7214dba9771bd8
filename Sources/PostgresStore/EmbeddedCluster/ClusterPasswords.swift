internal import Foundation
internal import PluginKit

/// The passwords of an embedded cluster's roles: made once, kept in a file that its owner alone may read.
struct ClusterPasswords: Sendable {
    /// The roles that log in.
    static let roles = [
        "postgres", "gatehouse_migrator", "gatehouse_app", "gatehouse_platform", "gatehouse_maintenance",
    ]

    private let passwords: [String: SecretText]

    /// The passwords that the folder holds; makes them where it holds none.
    ///
    /// - Throws: ``PostgresStartError`` where the file does not hold what it should, or is gone while its cluster is not.
    static func kept(in folder: ClusterFolder) throws(PostgresStartError) -> ClusterPasswords {
        if FileManager.default.fileExists(atPath: folder.passwordFile) { return try read(folder.passwordFile) }
        guard !FileManager.default.fileExists(atPath: folder.data) else { throw unreadable(folder.passwordFile) }
        return try make(folder.passwordFile)
    }

    /// The password as the hex digits that it was made of; safe within quotes and URLs.
    func withPassword<Value>(of role: String, _ body: (String) throws -> Value) rethrows -> Value {
        try (passwords[role] ?? SecretText("")).withExposed(body)
    }

    private static func read(_ file: String) throws(PostgresStartError) -> ClusterPasswords {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let pairs = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard pairs.allSatisfy({ $0.count == 2 && isHex($0[1]) }), Set(pairs.map { String($0[0]) }) == Set(roles) else {
            throw unreadable(file)
        }
        let entries = pairs.map { (String($0[0]), SecretText(String($0[1]))) }
        return ClusterPasswords(passwords: Dictionary(entries, uniquingKeysWith: { first, _ in first }))
    }

    private static func make(_ file: String) throws(PostgresStartError) -> ClusterPasswords {
        var generator = SystemRandomNumberGenerator()
        let lines = roles.map { role in
            let words = (0..<4).map { _ in String(format: "%016lx", generator.next()) }
            return "\(role) \(words.joined())\n"
        }
        // Under another name first, so that no half of it is ever found.
        let draft = file + ".new"
        unlink(draft)
        let isMade = FileManager.default.createFile(
            atPath: draft, contents: Data(lines.joined().utf8), attributes: [.posixPermissions: 0o600])
        guard isMade, rename(draft, file) == 0 else { throw .unwritable(file) }
        return try read(file)
    }

    private static func isHex(_ text: Substring) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func unreadable(_ file: String) -> PostgresStartError {
        PostgresStartError(
            problem: "\(file), which holds the passwords of the database beside it, is missing or damaged",
            remedy: "restore it from a backup; it belongs to the folder as much as the data do"
        )
    }
}
