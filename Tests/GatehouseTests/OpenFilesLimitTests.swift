import Glibc
import Testing

@testable import GatehouseProgram

@Suite("The limit of open files") struct OpenFilesLimitTests {
    @Test("it is raised as far as the system allows, to 65,536 at most")
    func raised() {
        #expect(OpenFilesLimit.raised(soft: 1024, hard: 4096) == 4096)
        #expect(OpenFilesLimit.raised(soft: 1024, hard: .max) == 65_536)
    }

    @Test("it is never lowered")
    func neverLowered() {
        #expect(OpenFilesLimit.raised(soft: 100_000, hard: 200_000) == 100_000)
        #expect(OpenFilesLimit.raised(soft: 1024, hard: 1024) == 1024)
    }
}
