import Foundation

@testable import PluginTesting

/// One exchange of a recording: what was sent with curl, and what came back.
struct RecordedExchange {
    let section: Int
    let title: String
    let method: String
    let host: String
    /// Path and query.
    let target: String
    let headers: [(name: String, value: String)]
    let body: String
    let status: Int
    let answerHeaders: [(name: String, value: String)]
    let answer: String

    /// The exchanges of a recording in their order; a block without a curl line is none.
    static func all(in markdown: String) -> [RecordedExchange] {
        markdown.components(separatedBy: "\n## ").dropFirst().flatMap { chapter -> [RecordedExchange] in
            guard let section = Int(chapter.prefix { $0 != " " }) else { return [] }
            return chapter.components(separatedBy: "\n### ").dropFirst().compactMap {
                RecordedExchange(block: $0, section: section)
            }
        }
    }

    private init?(block: String, section: Int) {
        guard let command = Self.fenced("sh", in: block), let answered = Self.fenced("http", in: block) else {
            return nil
        }
        let words = Self.words(of: command)
        guard words.count > 4, let url = words.last, let start = url.range(of: "://") else { return nil }
        self.section = section
        title = String(block.prefix { $0 != "\n" })
        method = words[3]
        let place = url[start.upperBound...]
        host = String(place.prefix { $0 != "/" })
        target = String(place.drop { $0 != "/" })
        let options = zip(words, words.dropFirst())
        headers = options.filter { $0.0 == "-H" }.map { Self.header($0.1) }
        body = options.first { $0.0 == "-d" }?.1 ?? ""
        let parts = answered.components(separatedBy: "\n\n")
        let lines = parts[0].components(separatedBy: "\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        answerHeaders = lines.dropFirst().map(Self.header)
        answer = parts.dropFirst().joined(separator: "\n\n").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func fenced(_ kind: String, in block: String) -> String? {
        let parts = block.components(separatedBy: "```\(kind)\n")
        guard parts.count == 2 else { return nil }
        return parts[1].components(separatedBy: "\n```").first
    }

    private static func header(_ line: String) -> (name: String, value: String) {
        let name = line.prefix { $0 != ":" }
        return (String(name), String(line.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces))
    }

    /// The words of a command line whose quotes are single ones.
    private static func words(of command: String) -> [String] {
        var words: [String] = []
        for (index, part) in command.components(separatedBy: "'").enumerated() {
            if index % 2 == 1 {
                words.append(part)
            } else {
                words += part.split(separator: " ").map(String.init)
            }
        }
        return words
    }
}
