import PluginKit
import Yams

/// Says in an operator's words why the parser gave up. Its own errors carry the whole text, so they go no further.
enum SyntaxProblems {
    static func problem(of error: any Error, in text: String) -> SettingsProblem {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            syntax(problem, context, line: mark.line, in: text)
        case .composer(_, _, let mark, _):
            SettingsProblem(
                line: mark.line, key: "", message: "begins a second document", fix: "keep one document per file")
        case .duplicatedKeysInMapping(let keys, let context):
            SettingsProblem(
                line: context.mark.line, key: HiddenAsterisks.restore(in: String((keys.first ?? "").prefix(64))),
                message: "stands here and again below", fix: "keep one of them")
        default:
            SettingsProblem(line: 1, key: "", message: "cannot be parsed as YAML", fix: "check the file in an editor")
        }
    }

    private static func syntax(
        _ problem: String, _ context: YamlError.Context?, line: Int, in text: String
    ) -> SettingsProblem {
        if isIndentedByTab(line, in: text) {
            return SettingsProblem(line: line, key: "", message: "is indented with a tab", fix: "indent with spaces")
        }
        // The parser has a limit of its own, far beyond ours, and tells how a program would change it.
        if problem.utf8.starts(with: "Maximum nesting".utf8) {
            return SettingsTreeBuilder.tooDeep(line: line, path: "")
        }
        let origin = context.map { " \($0.text) that begins on line \($0.mark.line)" } ?? ""
        return SettingsProblem(
            line: line, key: "", message: "is not valid YAML: \(problem)\(origin)",
            fix: "check indentation, colons, brackets and quotes")
    }

    private static func isIndentedByTab(_ line: Int, in text: String) -> Bool {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return false }
        let indentation = lines[line - 1].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return indentation.contains(UInt8(ascii: "\t"))
    }
}
