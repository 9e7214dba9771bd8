import Testing

// The words are written in two parts, since this file is part of the tree that is searched for them.
@Suite("Leftovers")
struct LeftoversTests {
    @Test("an unfinished place is found", arguments: ["// TO" + "DO: x", "FIX" + "ME", "-- XX" + "X later"])
    func unfinished(line: String) {
        #expect(unfinishedMarkers(in: SourceFile(path: "a", text: "x\n\(line)")).map(\.line) == [2])
    }

    @Test("words that merely resemble a marker are not")
    func resembling() {
        #expect(unfinishedMarkers(in: SourceFile(path: "a", text: "mktemp /tmp/a.XX" + "XXXX\nTO" + "DOs")) == [])
    }

    @Test(
        "a path of one machine is found",
        arguments: ["cd /ho" + "me/me/x", "see `/wo" + "rk/a`", "\"/ro" + "ot/.x\"", "(/Us" + "ers/a)"])
    func machinePath(line: String) {
        #expect(foreignReferences(in: SourceFile(path: "a", text: line)).count == 1)
    }

    @Test(
        "a relative path of the same name is not", arguments: ["a/wo" + "rk/b", "$x/ho" + "me/b", "{dir}/ro" + "ot/b"])
    func relativePath(line: String) {
        #expect(foreignReferences(in: SourceFile(path: "a", text: line)) == [])
    }

    @Test("a trace of a tracker or a generator is found", arguments: ["see issue" + " #12", "Generated" + " with x"])
    func traces(line: String) {
        #expect(foreignReferences(in: SourceFile(path: "a", text: line)).count == 1)
    }
}
