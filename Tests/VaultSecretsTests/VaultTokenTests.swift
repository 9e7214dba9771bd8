import Foundation
import PluginKit
import Testing

@testable import VaultSecrets

@Suite("A token's life")
struct VaultTokenTests {
    private let start = Date(timeIntervalSince1970: 1_000_000)

    @Test("it is renewed at two thirds of its lease or a little sooner, and used until the lease ends")
    func times() {
        for (chance, due) in [(0.0, 800.0), (1.0, 680.0)] {
            let token = token(lease: 1200, chance: chance)
            #expect(!token.isDue(at: start + due - 1))
            #expect(token.isDue(at: start + due + 1))
            #expect(token.isUsable(at: start + 1199))
            #expect(!token.isUsable(at: start + 1200))
        }
    }

    @Test("a lease of zero never ends")
    func endless() {
        let token = token(lease: 0)
        #expect(token.isUsable(at: .distantFuture))
        #expect(!token.isDue(at: .distantFuture))
    }

    @Test("uses are counted down, and zero means without end")
    func uses() {
        var counted = token(uses: 2)
        counted.countUse()
        #expect(counted.isUsable(at: start))
        counted.countUse()
        #expect(!counted.isUsable(at: start))
        var endless = token(uses: 0)
        for _ in 0..<10 { endless.countUse() }
        #expect(endless.isUsable(at: start))
    }

    @Test("a renewal counts by its answer; one that no longer lengthens the life is the last")
    func renewal() {
        var token = token(lease: 1200)
        token.renewed(.init(leaseSeconds: 1200, isRenewable: true, uses: 0), at: start + 800, chance: 0)
        #expect(token.isRenewable && token.isUsable(at: start + 1999))
        token.renewed(.init(leaseSeconds: 300, isRenewable: true, uses: 0), at: start + 1600, chance: 0)
        #expect(!token.isRenewable)
        #expect(!token.isUsable(at: start + 1900))
    }

    private func token(lease: Int = 1200, uses: Int = 0, chance: Double = 0) -> VaultToken {
        VaultToken(
            value: SecretText("hvs.x"), isConfigured: false,
            grant: .init(leaseSeconds: lease, isRenewable: true, uses: uses), at: start, chance: chance)
    }
}
