/// Does `work`, and then `close`, whatever became of the work.
func closing<Value>(
    with close: () async -> Void, _ work: () async throws -> Value
) async rethrows -> Value {
    let value: Value
    do {
        value = try await work()
    } catch {
        await close()
        throw error
    }
    await close()
    return value
}
