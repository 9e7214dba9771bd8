extension SecretBackend {
    /// The values of the secret called `name`, one after another, for one consumer: the present one at once, where
    /// there is one, then each whose version or value differs from the one before.
    ///
    /// - A change is noticed within `interval` of being asked for the next value, and never looked for more often than
    ///   a hundred times a second. Whoever is slow misses nothing but values that are outdated already.
    /// - A failure is no end, and neither is a secret that is gone: the backend says so in its log, and the next look
    ///   tries again.
    /// - Nothing happens while nobody asks. Ends when the task that iterates is cancelled.
    public func watch(_ name: String, every interval: Duration = .seconds(5)) -> AsyncStream<ResolvedSecret> {
        let pause = max(interval, .milliseconds(10))
        return watch(name) { try await Task.sleep(for: pause) }
    }

    /// As ``watch(_:every:)``, with the pause between two looks as a parameter; an error of the pause ends the stream.
    package func watch(
        _ name: String, pause: @escaping @Sendable () async throws -> Void
    ) -> AsyncStream<ResolvedSecret> {
        let watch = SecretWatch()
        return AsyncStream { await watch.next(of: name, in: self, pause: pause) }
    }
}

/// Where one watch stands.
private actor SecretWatch {
    private var last: ResolvedSecret?
    private var isFirstLook = true

    /// The next value that differs; `nil` when there will be none.
    func next(
        of name: String, in backend: any SecretBackend, pause: @Sendable () async throws -> Void
    ) async -> ResolvedSecret? {
        while !Task.isCancelled {
            if !isFirstLook {
                do { try await pause() } catch { return nil }
            }
            isFirstLook = false
            // The backend has said why; a secret that cannot be had now has not changed.
            guard let found = try? await backend.resolve(name), isNews(found) else { continue }
            last = found
            return found
        }
        return nil
    }

    private func isNews(_ found: ResolvedSecret) -> Bool {
        guard let last else { return true }
        return found.version != last.version || !found.value.matches(last.value)
    }
}
