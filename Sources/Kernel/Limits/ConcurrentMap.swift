extension Array where Element: Sendable {
    /// What `transform` gives for each element, in order, with at most `limit` of them under way at a time.
    ///
    /// - Throws: the first error; those under way are cancelled and waited for.
    package func concurrentMap<Value: Sendable>(
        atMost limit: Int, _ transform: @escaping @Sendable (Element) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var values = [Value?](repeating: nil, count: count)
            for (index, element) in enumerated() {
                if index >= limit, let (done, value) = try await group.next() { values[done] = value }
                group.addTask { (index, try await transform(element)) }
            }
            for try await (done, value) in group { values[done] = value }
            return values.compactMap(\.self)
        }
    }
}
