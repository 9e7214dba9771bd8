import Foundation
import FoundationXML
import PluginKit
import Testing

@testable import TOTPFactor

@Suite("The picture of a new factor")
struct QRCodeTests {
    private static let text = SecretText("otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme")

    @Test("is an SVG document of a white square and one path, and nothing that could act")
    func document() throws {
        let code = try QRCode(Self.text)
        let root = try Self.root(of: code.picture)
        let side = "\(code.width + 8)"
        #expect(root.name == "svg")
        #expect(root.values == ["viewBox": "0 0 \(side) \(side)", "shape-rendering": "crispEdges"])
        let parts = (root.children ?? []).compactMap { $0 as? XMLElement }
        #expect(parts.map(\.name) == ["rect", "path"])
        #expect(parts[0].values == ["width": side, "height": side, "fill": "#fff"])
        #expect(parts[1].values.keys.sorted() == ["d", "fill"])
        #expect(parts[1].values["fill"] == "#000")
    }

    @Test("shows every module of the code, and leaves a quiet zone of four around it")
    func modules() throws {
        let code = try QRCode(Self.text)
        let drawn = try Self.drawnModules(of: code.picture)
        let expected = code.modules.indices.filter { code.modules[$0] }.map {
            Module(column: $0 % code.width + 4, row: $0 / code.width + 4)
        }
        #expect(drawn.count == expected.count, "no module is drawn twice")
        #expect(Set(drawn) == Set(expected))
        #expect(expected.map(\.row).min() == 4)
        #expect(expected.map(\.row).max() == code.width + 3)
    }

    @Test("has the three patterns by which readers find it, and error correction M")
    func patterns() throws {
        let code = try QRCode(Self.text)
        #expect(code.width % 4 == 1)
        #expect(code.modules.count == code.width * code.width)
        let far = code.width - 7
        for (top, left) in [(0, 0), (0, far), (far, 0)] {
            for (row, column) in [(0, 0), (0, 6), (6, 0), (6, 6), (3, 3), (2, 4)] {
                #expect(code.modules[(top + row) * code.width + left + column])
            }
            for (row, column) in [(1, 1), (1, 5), (5, 1), (5, 5)] {
                #expect(!code.modules[(top + row) * code.width + left + column])
            }
        }
        // The two bits of the level stand in row 8, inverted by the mask 10 of the format: M is 00.
        #expect(code.modules[8 * code.width] && !code.modules[8 * code.width + 1])
    }

    @Test("fits for the longest label that there is, and not for anything longer than a code")
    func longest() throws {
        let label = EnrollmentLabel(
            issuer: String(repeating: "🔑", count: 200), login: String(repeating: "🔑", count: 200))
        let factor = FactorID.make(at: Date(timeIntervalSince1970: 0))
        let uri = label.uri(of: TOTPSecret.make(for: factor, algorithm: .sha512, digits: 8))
        #expect(try QRCode(uri).width <= 177)
        #expect(throws: TOTPError.self) { try QRCode(SecretText(String(repeating: "x", count: 2332))) }
    }

    private struct Module: Hashable {
        let column: Int
        let row: Int
    }

    private static func root(of picture: SecretText) throws -> XMLElement {
        let document = try picture.withExposed { try XMLDocument(xmlString: $0) }
        return try #require(document.rootElement())
    }

    /// The unit squares that the path covers, read from its `M… …h…v1h-…z` pieces.
    private static func drawnModules(of picture: SecretText) throws -> [Module] {
        let path = try root(of: picture).children?.last as? XMLElement
        return try #require(path?.values["d"]).matches(of: /M(\d+) (\d+)h(\d+)v1h-(\d+)z/).flatMap { piece in
            let numbers = [piece.1, piece.2, piece.3, piece.4].compactMap { Int($0) }
            guard numbers.count == 4, numbers[2] == numbers[3] else { return [Module]() }
            return (0..<numbers[2]).map { Module(column: numbers[0] + $0, row: numbers[1]) }
        }
    }
}

extension XMLElement {
    /// The attributes by name.
    fileprivate var values: [String: String] {
        Dictionary((attributes ?? []).map { ($0.name ?? "", $0.stringValue ?? "") }) { _, last in last }
    }
}
