package import PluginKit

/// Reads one JSON object, field by field, and collects everything that is wrong with it.
///
/// Each method declares a field and returns its value; where it is missing or wrong it records a problem and returns
/// a stand-in, so that one reading finds all problems. Whoever reads throws the result away when ``problems`` is not
/// empty. `null` is a value like any other: it is refused where no method says otherwise. Lengths count bytes of UTF-8.
package final class BodyReader {
    package private(set) var problems: [FieldProblem] = []
    private let path: JSONPointer
    // Keyed by bytes: `String` holds different spellings of one character to be equal.
    private var members: [[UInt8]: JSONValue] = [:]
    private var names: [String] = []
    private var declared: Set<[UInt8]> = []

    init(_ value: JSONValue, at path: JSONPointer = JSONPointer()) {
        self.path = path
        guard case .object(let list) = value else {
            problems.append(wrongType(value, at: path, wanted: "an object"))
            return
        }
        for member in list { members[Array(member.name.utf8)] = member.value }
        names = list.map(\.name)
    }

    /// Reports the fields that nothing declared.
    func finish() {
        for name in names where !declared.contains(Array(name.utf8)) {
            let pointer = path.appending(name).text
            problems.append(
                FieldProblem(pointer: pointer, code: "unknown_field", message: "is not a field here", fix: "remove it"))
        }
    }

    // MARK: Text

    package func text(_ name: String, bytes: ClosedRange<Int>, check: TextCheck? = nil) -> String {
        required(name) { self.text($0, at: $1, bytes, check) } ?? ""
    }

    package func optionalText(_ name: String, bytes: ClosedRange<Int>, check: TextCheck? = nil) -> String? {
        optional(name) { self.text($0, at: $1, bytes, check) }
    }

    /// Text that must not be shown; the value appears in no problem.
    package func secret(_ name: String, bytes: ClosedRange<Int>) -> SecretText {
        SecretText(text(name, bytes: bytes))
    }

    package func optionalSecret(_ name: String, bytes: ClosedRange<Int>) -> SecretText? {
        optionalText(name, bytes: bytes).map(SecretText.init)
    }

    /// A list of texts; `bytes` bounds each of them.
    package func texts(
        _ name: String, count: ClosedRange<Int>, bytes: ClosedRange<Int>, check: TextCheck? = nil
    ) -> [String] {
        required(name) { self.texts($0, at: $1, count, bytes, check) } ?? []
    }

    package func optionalTexts(
        _ name: String, count: ClosedRange<Int>, bytes: ClosedRange<Int>, check: TextCheck? = nil
    ) -> [String]? {
        optional(name) { self.texts($0, at: $1, count, bytes, check) }
    }

    /// One word out of a closed set; the first of the set stands in for a bad one.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Choice.Type) -> Choice
    {
        guard let standIn = Choice.allCases.first else { preconditionFailure("\(type) has no cases to choose from") }
        return required(name) { self.choice($0, at: $1) } ?? standIn
    }

    /// What a PATCH does to a text: nothing where it is left out, clearing where it is `null`.
    package func change(_ name: String, bytes: ClosedRange<Int>, check: TextCheck? = nil) -> FieldChange<String> {
        let change: FieldChange<String>? = optional(name) { value, pointer in
            if case .null = value { return .clear }
            return self.text(value, at: pointer, bytes, check).map(FieldChange.set)
        }
        return change ?? .keep
    }

    /// An object of texts under names of the client's own; `nil` where it is left out.
    package func optionalTextMap(
        _ name: String, count: Int, nameBytes: ClosedRange<Int>, bytes: ClosedRange<Int>
    ) -> [String: String]? {
        optional(name) { self.textMap($0, at: $1, count, nameBytes, bytes) }
    }

    // MARK: Numbers and booleans

    /// What a PATCH does to a number: nothing where it is left out, clearing where it is `null`.
    package func change(_ name: String, in range: ClosedRange<Int>) -> FieldChange<Int> {
        let change: FieldChange<Int>? = optional(name) { value, pointer in
            if case .null = value { return .clear }
            return self.integer(value, at: pointer, range).map(FieldChange.set)
        }
        return change ?? .keep
    }

    package func integer(_ name: String, in range: ClosedRange<Int>) -> Int {
        required(name) { self.integer($0, at: $1, range) } ?? range.lowerBound
    }

    package func optionalInteger(_ name: String, in range: ClosedRange<Int>) -> Int? {
        optional(name) { self.integer($0, at: $1, range) }
    }

    package func boolean(_ name: String) -> Bool {
        required(name) { self.boolean($0, at: $1) } ?? false
    }

    package func optionalBoolean(_ name: String) -> Bool? {
        optional(name) { self.boolean($0, at: $1) }
    }

    // MARK: Objects

    package func object<Body: JSONBody>(_ name: String, _ type: Body.Type) -> Body {
        required(name) { self.nested(type, $0, at: $1) } ?? Body(reading: BodyReader(.object([])))
    }

    package func optionalObject<Body: JSONBody>(_ name: String, _ type: Body.Type) -> Body? {
        optional(name) { self.nested(type, $0, at: $1) }
    }

    /// A value of whatever kind `read` makes of it; `nil` where it is left out.
    func optionalValue<Value>(_ name: String, _ read: (JSONValue, JSONPointer) -> Value?) -> Value? {
        optional(name, read)
    }

    /// An object of whatever members, as it was written, for documents that have rules of their own. What no JSON may have,
    /// such as a name that stands twice, is refused in it as well.
    package func document(_ name: String) -> JSONValue {
        required(name) { value, pointer in
            if case .object = value { return value }
            let problem = self.wrongType(value, at: pointer, wanted: "an object")
            return self.refuse(pointer, problem.code, problem.message, fix: problem.fix)
        } ?? .object([])
    }

    /// Records a problem of a field that was read; for rules between several fields.
    package func reject(_ name: String, code: String, _ message: String, fix: String) {
        problems.append(FieldProblem(pointer: path.appending(name).text, code: code, message: message, fix: fix))
    }

    // MARK: Parts

    private func required<Value>(_ name: String, _ read: (JSONValue, JSONPointer) -> Value?) -> Value? {
        if members[Array(name.utf8)] == nil { reject(name, code: "missing", "is missing", fix: "send it") }
        return optional(name, read)
    }

    private func optional<Value>(_ name: String, _ read: (JSONValue, JSONPointer) -> Value?) -> Value? {
        let key = Array(name.utf8)
        precondition(declared.insert(key).inserted, "the field '\(name)' is declared twice")
        return members[key].flatMap { read($0, path.appending(name)) }
    }

    private func nested<Body: JSONBody>(_ type: Body.Type, _ value: JSONValue, at pointer: JSONPointer) -> Body {
        let reader = BodyReader(value, at: pointer)
        let body = Body(reading: reader)
        reader.finish()
        problems += reader.problems
        return body
    }

    func refuse<Value>(_ pointer: JSONPointer, _ code: String, _ message: String, fix: String) -> Value? {
        problems.append(FieldProblem(pointer: pointer.text, code: code, message: message, fix: fix))
        return nil
    }
}

/// What a PATCH does to one field.
package enum FieldChange<Value: Sendable>: Sendable {
    case keep
    case clear
    case set(Value)
}
