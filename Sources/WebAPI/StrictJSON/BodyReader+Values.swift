import PluginKit

/// How one value is checked: each gives the value, or records a problem and gives `nil`.
extension BodyReader {
    func text(_ value: JSONValue, at pointer: JSONPointer, _ bytes: ClosedRange<Int>, _ check: TextCheck?) -> String? {
        guard case .text(let text) = value else { return refuseType(value, pointer, "text") }
        guard text.utf8.count >= bytes.lowerBound else {
            let least = bytes.lowerBound == 1 ? "must not be empty" : "must have at least \(bytes.lowerBound) bytes"
            return refuse(pointer, "too_short", least, fix: "send a longer text")
        }
        guard text.utf8.count <= bytes.upperBound else {
            return refuse(
                pointer, "too_long", "must have at most \(bytes.upperBound) bytes", fix: "send a shorter text")
        }
        if let check, let message = check.problem(text) {
            return refuse(pointer, "invalid_format", message, fix: check.fix)
        }
        return text
    }

    func texts(
        _ value: JSONValue, at pointer: JSONPointer, _ count: ClosedRange<Int>, _ bytes: ClosedRange<Int>,
        _ check: TextCheck?
    ) -> [String]? {
        items(value, at: pointer, count) { self.text($0, at: $1, bytes, check) }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ value: JSONValue, at pointer: JSONPointer) -> Choice?
    {
        guard case .text(let text) = value else { return refuseType(value, pointer, "text") }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return refuse(pointer, "not_allowed", "must be one of \(words)", fix: "send one of these words")
    }

    func integer(_ value: JSONValue, at pointer: JSONPointer, _ range: ClosedRange<Int>) -> Int? {
        guard case .number(let digits) = value else { return refuseType(value, pointer, "a whole number") }
        let isWhole = digits.utf8.allSatisfy {
            $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard isWhole else {
            return refuse(pointer, "wrong_type", "must be a whole number", fix: "send it without a point or exponent")
        }
        guard let number = Int(digits), range.contains(number) else {
            let bounds = "from \(range.lowerBound) to \(range.upperBound)"
            return refuse(pointer, "out_of_range", "must be \(bounds)", fix: "send a number \(bounds)")
        }
        return number
    }

    func boolean(_ value: JSONValue, at pointer: JSONPointer) -> Bool? {
        guard case .boolean(let boolean) = value else { return refuseType(value, pointer, "true or false") }
        return boolean
    }

    func items<Item>(
        _ value: JSONValue, at pointer: JSONPointer, _ count: ClosedRange<Int>,
        _ read: (JSONValue, JSONPointer) -> Item?
    ) -> [Item]? {
        guard case .list(let list) = value else { return refuseType(value, pointer, "a list") }
        guard count.contains(list.count) else {
            let bounds = "from \(count.lowerBound) to \(count.upperBound)"
            return refuse(
                pointer, "wrong_count", "must have \(bounds) items, has \(list.count)", fix: "send \(bounds) items")
        }
        return list.enumerated().compactMap { read($1, pointer.appending($0)) }
    }

    func textMap(
        _ value: JSONValue, at pointer: JSONPointer, _ count: Int, _ nameBytes: ClosedRange<Int>,
        _ bytes: ClosedRange<Int>
    ) -> [String: String]? {
        guard case .object(let members) = value else { return refuseType(value, pointer, "an object of texts") }
        guard members.count <= count else {
            return refuse(
                pointer, "wrong_count", "must have at most \(count) members, has \(members.count)",
                fix: "send at most \(count) members")
        }
        var map: [String: String] = [:]
        for member in members {
            let place = pointer.appending(member.name)
            guard nameBytes.contains(member.name.utf8.count), map[member.name] == nil else {
                return refuse(
                    place, "invalid_format",
                    "must have a name of \(nameBytes.lowerBound) to \(nameBytes.upperBound) bytes, unlike any other",
                    fix: "give it another name")
            }
            map[member.name] = text(member.value, at: place, bytes, nil)
        }
        return map
    }

    func wrongType(_ value: JSONValue, at pointer: JSONPointer, wanted: String) -> FieldProblem {
        FieldProblem(
            pointer: pointer.text, code: "wrong_type", message: "must be \(wanted), is \(value.kind)",
            fix: "send \(wanted)")
    }

    private func refuseType<Value>(_ value: JSONValue, _ pointer: JSONPointer, _ wanted: String) -> Value? {
        let problem = wrongType(value, at: pointer, wanted: wanted)
        return refuse(pointer, problem.code, problem.message, fix: problem.fix)
    }
}
