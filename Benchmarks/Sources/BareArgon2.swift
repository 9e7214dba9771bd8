import CArgon2

/// libargon2 with nothing around it: the most hashes that the machine can make.
struct BareArgon2 {
    let memoryKiB: UInt32
    let iterations: UInt32

    /// Hashes on `threads` threads until `duration` is over.
    func measure(threads: Int, for duration: Duration) async throws -> Figures {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + duration
        let hashes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<threads {
                group.addTask { try hash(until: end) }
            }
            return try await group.reduce(0, +)
        }
        return Figures(ratePerSecond: Double(hashes) / ((clock.now - start) / .seconds(1)))
    }

    private func hash(until end: ContinuousClock.Instant) throws -> Int {
        let password = Array("eleven kettles on a slow train".utf8)
        let salt = [UInt8](repeating: 7, count: 16)
        var digest = [UInt8](repeating: 0, count: 32)
        var count = 0
        while ContinuousClock.now < end {
            let status = argon2id_hash_raw(
                iterations, memoryKiB, 1, password, password.count, salt, salt.count, &digest, digest.count)
            guard status == ARGON2_OK.rawValue else { throw BenchmarkError("libargon2 answered with code \(status)") }
            count += 1
        }
        return count
    }
}
