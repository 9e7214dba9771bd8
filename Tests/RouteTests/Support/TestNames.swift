import Kernel
import Synchronization

/// Name servers that say what a test wants.
final class TestNames: TextRecordResolver {
    private struct Said {
        var texts: [String: [[UInt8]]] = [:]
        var isSilent = false
        var asked: [String] = []
    }

    private let said = Mutex(Said())

    /// The names that were asked for, in order.
    var asked: [String] { said.withLock { $0.asked } }

    /// Lets a name have these text records, or none.
    func say(_ texts: [String], at name: String) { said.withLock { $0.texts[name] = texts.map { Array($0.utf8) } } }

    func fallSilent() { said.withLock { $0.isSilent = true } }

    func texts(of name: String) async throws -> [[UInt8]] {
        try said.withLock { said in
            said.asked.append(name)
            guard !said.isSilent else { throw NameServersSilent(reason: "no name server answered in time") }
            return said.texts[name] ?? []
        }
    }
}
