/// Words that say "not finished"; written apart here, since this file is scanned too.
private let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

/// Beginnings of paths that exist on one machine only.
private let machinePaths = ["/wo" + "rk/", "/opt/swift" + "-packages", "/Us" + "ers/", "/ho" + "me/", "/ro" + "ot/"]

/// Marks that generators and other people's trackers leave in a text.
private let traces = ["Co-Authored" + "-By", "Generated" + " with", "issue" + " #"]

/// Where a file says that it is not finished.
func unfinishedMarkers(in file: SourceFile) -> [Finding] {
    findings(of: markers, in: file) { "`\($0)`: finish it, or write down why it is right as it is" }
}

/// Where a file speaks of something that its reader does not have: another machine, another conversation.
func foreignReferences(in file: SourceFile) -> [Finding] {
    findings(of: machinePaths, in: file) { "`\($0)` exists on one machine only" }
        + findings(of: traces, in: file) { "`\($0)` speaks of something that the reader does not have" }
}

private func findings(of words: [String], in file: SourceFile, _ message: (String) -> String) -> [Finding] {
    file.lines.enumerated().flatMap { number, line in
        words.filter { standsAlone($0, in: line) }.map {
            Finding(path: file.path, line: number + 1, message: message($0))
        }
    }
}

/// Whether `word` stands in `line` as such; for a path, as the beginning of one.
private func standsAlone(_ word: String, in line: String) -> Bool {
    guard word.hasPrefix("/") else { return holds(word, line) }
    return line.ranges(of: word).contains { line[..<$0.lowerBound].utf8.last.map(isPathByte) != true }
}

private func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "}"): true
    default: false
    }
}
