import Foundation
import Testing

@testable import WebAPI

@Suite("Flat JSON")
struct FlatJSONTests {
    private struct Sample: Encodable {
        let alpha: String
        let beta: Bool
        let gamma: [String]
        let omega: String?
    }

    @Test(
        "is written as any other answer is",
        arguments: ["plain", "", "quote \" backslash \\", "tab\tline\nbreak", "ünïcode 🗝", "\u{7F}\u{2028}"])
    func sameAsEncoder(_ text: String) throws {
        let flat = FlatJSON.write { object in
            object.add("alpha", text)
            object.add("beta", true)
            object.add("gamma", [text, "second"])
            object.add("omega", nil as String?)
        }
        let usual = try ResponseEncoding.encode(Sample(alpha: text, beta: true, gamma: [text, "second"], omega: nil))
        let read = { (bytes: [UInt8]) in try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary }
        #expect(try read(flat) == (try read(usual)))
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { #expect(flat == usual) }
    }

    @Test("keeps the names of a map as they are, in order, and writes an empty one")
    func maps() {
        let map = FlatJSON.write { $0.add("metadata", ["zoneID": "1", "plan": "gold\"", "Ä": "x"]) }
        #expect(String(decoding: map, as: UTF8.self) == #"{"metadata":{"plan":"gold\"","zoneID":"1","Ä":"x"}}"#)
        #expect(FlatJSON.write { $0.add("metadata", [:] as [String: String]) } == Array(#"{"metadata":{}}"#.utf8))
    }
}
