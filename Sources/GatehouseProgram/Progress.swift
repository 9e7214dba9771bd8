import Foundation
import Synchronization

/// Shows on standard error how far long work has come: one line that is written over on a terminal, and nothing elsewhere.
final class Progress: Sendable {
    private let isShown: Bool

    init(isShown: Bool) {
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    func show(_ text: String) {
        guard isShown else { return }
        try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(text)".utf8))
    }

    /// A bar for work of which it is known how much there is.
    func showBar(_ done: Int, of total: Int) { show(Self.bar(done, of: total)) }

    static func bar(_ done: Int, of total: Int) -> String {
        let width = 30
        let filled = total > 0 ? min(width, done * width / total) : width
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        return "[\(bar)] \(done) of \(total)"
    }

    deinit {
        if isShown { try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8)) }
    }
}

/// Counts from one, whoever asks.
final class Tally: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
