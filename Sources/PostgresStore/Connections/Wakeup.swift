internal import Foundation

/// Wakes the thread that waits for it in `poll`, from any thread.
///
/// A pipe in which at most a few bytes lie: one that is full has a wake-up under way already.
final class Wakeup: Sendable {
    /// Readable once somebody called ``signal()``.
    let readEnd: Int32
    private let writeEnd: Int32

    /// - Throws: ``PostgresStartError`` where the process may open no more files.
    init() throws(PostgresStartError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .noDescriptors }
        readEnd = ends[0]
        writeEnd = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func signal() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Takes the wake-ups that were signalled up to now.
    func drain() {
        var bytes: UInt64 = 0
        let size = MemoryLayout.size(ofValue: bytes)
        while read(readEnd, &bytes, size) == size {}
    }
}
