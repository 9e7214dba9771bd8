import DatabaseTesting
import PluginKit
import Testing

@testable import Kernel

@Suite("People who sign in many times at once")
struct ConcurrentSignInTests {
    @Test("right passwords stand in nobody's way, neither each other's nor that of wrong ones")
    func sameNetwork() async throws {
        let tenant = try await TestTenant.make("policy: {attempts: {failures_before_delay: 60}}")
        let person = try await tenant.signedIn()
        let origin = RequestOrigin.test()
        for _ in 0..<10 {
            let steps = try await inParallel(16) { number in
                let password = number % 4 == 0 ? SecretText("a wrong password") : TestPerson.password
                return try await tenant.signIn(person.login, password, from: origin)
            }
            #expect(steps.count { $0.tokens != nil } == 12)
            #expect(steps.count { $0.isRefused } == 4)
        }
    }
}
