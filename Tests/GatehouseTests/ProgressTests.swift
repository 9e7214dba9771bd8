import Testing

@testable import GatehouseProgram

@Suite("Progress") struct ProgressTests {
    @Test(
        "a bar fills from the left, and is full where there is nothing to do",
        arguments: [
            (0, 10, 0), (5, 10, 15), (10, 10, 30), (1, 1000, 0), (999, 1000, 29), (12, 10, 30), (0, 0, 30),
        ])
    func bar(done: Int, total: Int, filled: Int) {
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        #expect(Progress.bar(done, of: total) == "[\(bar)] \(done) of \(total)")
    }
}
