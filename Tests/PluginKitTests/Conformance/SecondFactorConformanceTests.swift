import Foundation
import PluginKit
import PluginTesting
import Synchronization
import Testing

@Suite("The suite for second factors")
struct SecondFactorConformanceTests {
    @Test("has nothing to say of a good factor")
    func good() async {
        #expect(await rules(brokenBy: nil) == [])
    }

    @Test(
        "finds each flaw",
        arguments: [
            (.acceptsTwice, "a code is accepted once"),
            (.looksBeforeItMarks, "of many uses at the same moment one succeeds"),
            (.trims, "text that is no code is refused"), (.stopsAtNUL, "text that is no code is refused"),
            (.convertsDigits, "text that is no code is refused"), (.acceptsAnything, "a wrong code is refused"),
            (.ignoresWhose, "the code of another person is refused"),
            (.namesTheFirst, "the factor that accepted is named"),
        ] as [(PlainFactor.Flaw, String)])
    func flaws(flaw: PlainFactor.Flaw, rule: String) async {
        #expect(await rules(brokenBy: flaw).contains(rule))
    }

    private func rules(brokenBy flaw: PlainFactor.Flaw?) async -> [String] {
        let factor = PlainFactor(flaw)
        let time = Date(timeIntervalSince1970: 1_750_000_000)
        return await SecondFactorConformance(
            .init(
                provider: factor, user: .make(at: time), otherUser: .make(at: time),
                enroll: { _ in .make(at: time) }, nextCode: { factor.nextCode(of: $0) })
        ).violations().map(\.rule)
    }
}

/// A factor that knows its codes by heart, with a flaw on request.
final class PlainFactor: SecondFactor {
    enum Flaw {
        case acceptsTwice, looksBeforeItMarks, trims, stopsAtNUL, convertsDigits, acceptsAnything, ignoresWhose
        case namesTheFirst
    }

    static let kind: FactorKind = "plain"
    static let method = AuthenticationMethod.oneTimeCode

    private let flaw: Flaw?
    private let state = Mutex((codes: [String: FactorID](), count: 100_000))

    init(_ flaw: Flaw?) {
        self.flaw = flaw
    }

    func nextCode(of factor: FactorID) -> String {
        state.withLock { state in
            state.count += 137
            state.codes["\(state.count)"] = factor
            return "\(state.count)"
        }
    }

    func verify(_ code: SecretText, of user: UserID, among factors: [FactorID]) async throws -> Verdict<FactorID> {
        let text = read(code.withExposed { $0 })
        if flaw == .acceptsAnything, text.utf8.count == 6, let first = factors.first { return .accepted(first) }
        guard let owner = state.withLock({ $0.codes[text] }), flaw == .ignoresWhose || factors.contains(owner) else {
            return .rejected(.wrongCredential)
        }
        if flaw == .looksBeforeItMarks { await letOthersLook() }
        let isUnused = state.withLock { $0.codes.removeValue(forKey: text) != nil }
        if flaw == .acceptsTwice { state.withLock { $0.codes[text] = owner } }
        guard isUnused || flaw == .looksBeforeItMarks else { return .rejected(.alreadyUsed) }
        return .accepted(flaw == .namesTheFirst ? factors.first ?? owner : owner)
    }

    private func letOthersLook() async {
        for _ in 0..<1000 { await Task.yield() }
    }

    private func read(_ text: String) -> String {
        switch flaw {
        case .trims: text.trimmingCharacters(in: .whitespacesAndNewlines)
        case .stopsAtNUL: String(text.unicodeScalars.prefix { $0 != "\u{0}" })
        case .convertsDigits: text.precomposedStringWithCompatibilityMapping
        default: text
        }
    }
}
