extension Task where Failure == Never {
    /// The task's value; `nil` at once where the one who waits is cancelled, while the task goes on for the others.
    var valueUnlessCancelled: Success? {
        get async {
            let values = AsyncStream<Success> { continuation in
                Task<Void, Never> {
                    continuation.yield(await value)
                    continuation.finish()
                }
            }
            var iterator = values.makeAsyncIterator()
            return await iterator.next()
        }
    }
}
