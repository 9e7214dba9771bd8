import Foundation
import PluginKit
import Testing

@testable import TOTPFactor

@Suite("One-time passwords")
struct OneTimePasswordTests {
    @Test("are those that the standards publish", arguments: ["rfc-4226-appendix-d", "rfc-6238-appendix-b"])
    func published(file: String) throws {
        let cases = try VectorFile<PublishedCode>.read(file)
        #expect(cases.count >= 10)
        for vector in cases {
            let code = try #require(OneTimeCode(SecretText(vector.code)))
            let steps = [vector.timeStep]
            #expect(try OneTimePassword.step(of: code, by: vector.secret(), among: steps) == steps[0], "\(vector.code)")
        }
    }

    @Test("of one step, seed or algorithm are not those of another")
    func distinct() throws {
        let cases = try VectorFile<PublishedCode>.read("rfc-6238-appendix-b")
        for (index, vector) in cases.enumerated() {
            let code = try #require(OneTimeCode(SecretText(vector.code)))
            for (other, stranger) in cases.enumerated() where other != index {
                let step = try OneTimePassword.step(of: code, by: stranger.secret(), among: [stranger.timeStep])
                #expect(step == nil, "\(vector.code) at the place of \(stranger.code)")
            }
        }
    }

    @Test("tell which of several steps they belong to")
    func steps() throws {
        let vector = try VectorFile<PublishedCode>.read("rfc-6238-appendix-b")[3]
        let code = try #require(OneTimeCode(SecretText(vector.code)))
        let step = vector.timeStep
        let around = (-2...2).map { TimeStep(number: step.number + $0) }
        #expect(try OneTimePassword.step(of: code, by: vector.secret(), among: around) == step)
        let others = around.filter { $0 != step }
        #expect(try OneTimePassword.step(of: code, by: vector.secret(), among: others) == nil)
    }

    @Test("have no step before 1970")
    func before1970() throws {
        let vector = try VectorFile<PublishedCode>.read("rfc-4226-appendix-d")[0]
        let code = try #require(OneTimeCode(SecretText(vector.code)))
        let early = [TimeStep(at: Date(timeIntervalSince1970: -1)), TimeStep(number: .min)]
        #expect(early[0].number == -1)
        #expect(try OneTimePassword.step(of: code, by: vector.secret(), among: early) == nil)
    }

    @Test("change every thirty seconds")
    func length() {
        let step = { TimeStep(at: Date(timeIntervalSince1970: $0)).number }
        #expect([0, 29.999, 30, 59.999, 60].map(step) == [0, 0, 1, 1, 2])
    }

    @Test(
        "are six or eight of the bytes 0 to 9 and nothing else",
        arguments: [
            "", "1", "12345", "1234567", "123456789", "123 456", " 123456", "123456 ", "123456\n", "+12345", "-12345",
            "12345a", "1234.6", "0x1234", "12345\u{0}", "\u{0}12345", "12345678\u{0}", "١٢٣٤٥٦", "１２３４５６", "１２", "١٢٣",
            "12345\u{301}", "123456\u{301}", "1234\u{661}", "\u{FEFF}123", "1e5000", "⑫345",
        ])
    func form(text: String) {
        #expect(OneTimeCode(SecretText(text)) == nil)
        #expect(OneTimeCode(SecretText("000000"))?.digits == 6)
        #expect(OneTimeCode(SecretText("99999999"))?.digits == 8)
    }
}
