import PluginKit
import PluginTesting
import Testing

@Suite("Reading settings")
struct SettingsReaderTests {
    @Test("an empty section has its defaults and no problems but the keys that must be there")
    func defaults() {
        let (settings, problems) = SettingsLiteral.section([]).read(as: SampleSettings.self)
        #expect(problems.map(\.description) == ["1: name: is missing; add `name: …` (what it is called)"])
        #expect(settings.isOn)
        #expect(settings.words == 3)
        #expect(settings.pause == .seconds(900))
        #expect(settings.color == .red)
        #expect(settings.greeting == "hello")
        #expect(settings.note == nil)
        #expect(settings.tags == ["a", "b"])
        #expect(settings.key == nil)
        #expect(settings.inner.depth == 1)
        #expect(settings.maybe == nil)
    }

    @Test("a full section gives what it says")
    func values() {
        let (settings, problems) =
            ([
                "on": false, "words": 9, "pause": "1h", "color": "blue", "greeting": "hi", "note": "n",
                "name": "sample",
                "tags": ["x"], "key": "env:KEY", "inner": ["depth": 2], "maybe": ["depth": 3],
            ] as SettingsLiteral).read(as: SampleSettings.self)
        #expect(problems == [])
        #expect(!settings.isOn)
        #expect(settings.words == 9)
        #expect(settings.pause == .seconds(3600))
        #expect(settings.color == .blue)
        #expect(settings.greeting == "hi")
        #expect(settings.note == "n")
        #expect(settings.name == "sample")
        #expect(settings.tags == ["x"])
        #expect(settings.key == SecretReference(backend: "env", name: "KEY"))
        #expect(settings.inner.depth == 2)
        #expect(settings.maybe?.depth == 3)
    }

    @Test("every mistake is reported at once, with line, key, what is wrong and a remedy")
    func allProblems() {
        let problems =
            ([
                "on": "true", "words": 10, "pause": "5s", "color": "green", "greeting": "shout", "note": ["a", "list"],
                "name": "a\u{0}b", "tags": "no list", "key": "canary-value", "inner": ["depth": 7, "dept": 1],
                "maybe": "x",
            ] as SettingsLiteral).read(as: SampleSettings.self).problems
        #expect(
            problems.map(\.description) == [
                #"1: on: must be true or false, is "true"; write true or false"#,
                "2: words: must be at most 9, is 10; write 9 or less",
                "3: pause: must be at least 1m, is 5s; write 1m or more",
                #"4: color: must be one of red, blue, is "green"; write one of these words"#,
                "5: greeting: must not shout; whisper",
                "6: note: must be text, is a list; write one line of text",
                "7: name: holds U+0000; remove the character",
                #"8: tags: must be a list, is "no list"; write `tags: [a, b]`"#,
                "9: key: must be a reference to a secret, not a secret; keep the secret outside this file and write env:NAME or file:NAME",
                "11: inner.depth: must be at most 5, is 7; write 5 or less",
                "12: inner.dept: is not a key here; did you mean `depth`?",
                "13: maybe: must be a section of keys and values; write `key: value` lines",
            ])
    }

    @Test(
        "a value of another type is named, not guessed",
        arguments: [
            ("words", "3", "words: must be a whole number, is \"3\"; write a number, such as 3"),
            ("words", .plain("3.5"), "words: must be a whole number, is 3.5; write a number, such as 3"),
            ("words", ["a": 1], "words: must be a whole number, is a section; write a number, such as 3"),
            ("on", .plain("yes"), "on: must be true or false, is yes; write true or false"),
            ("pause", 900, "pause: must be a duration, is 900; write a number and a unit (s, m, h, d), such as 15m"),
        ] as [(String, SettingsLiteral, String)])
    func otherTypes(key: String, value: SettingsLiteral, expected: String) {
        let literal = SettingsLiteral.section([(key: "name", value: "n"), (key: key, value: value)])
        #expect(literal.read(as: SampleSettings.self).problems.map(\.description) == ["2: " + expected])
    }

    @Test("a literal secret is not repeated")
    func literalSecret() {
        let problems = (["name": "n", "key": "canary-value"] as SettingsLiteral).read(as: SampleSettings.self).problems
        #expect(problems.count == 1)
        #expect(!problems.contains { $0.description.contains("canary") })
    }

    @Test("an unknown key gets the nearest known one as a remedy, or the list of all")
    func unknownKeys() {
        let problems = (["name": "n", "wrods": 3, "something": 1] as SettingsLiteral).read(as: SampleSettings.self)
            .problems
        #expect(
            problems.map(\.fix) == [
                "did you mean `words`?",
                "remove it, or use one of: color, greeting, inner, key, maybe, name, note, on, pause, tags, words",
            ])
    }

    @Test("a key that stands there twice is a problem on the second line")
    func duplicateKey() {
        let literal = SettingsLiteral.section([(key: "name", value: "a"), (key: "name", value: "b")])
        let problems = literal.read(as: SampleSettings.self).problems
        #expect(
            problems.map(\.description) == ["2: name: stands here a second time, first on line 1; keep one of them"])
    }

    @Test("references to secrets are collected with their places, from inner sections too")
    func collectedSecrets() {
        let node = (["name": "n", "key": "env:A", "maybe": ["key": "file:b"]] as SettingsLiteral).node
        let reader = SettingsReader.read(SampleSettings.self, from: node, path: "top").reader
        #expect(
            reader.secrets.map { "\($0.line) \($0.key) \($0.reference)" } == [
                "2 top.key env:A", "4 top.maybe.key file:b",
            ])
    }

    @Test("the description names every key in order, with default and meaning, without reading a document")
    func description() {
        let fields = SettingsReader.describe(SampleSettings.self)
        #expect(
            fields.map(\.key) == [
                "on", "words", "pause", "color", "greeting", "note", "name", "tags", "key", "inner", "maybe",
            ])
        #expect(fields.map(\.defaultText) == ["true", "3", "15m", "red", "hello", nil, nil, "[a, b]", nil, nil, nil])
        #expect(fields.filter(\.isRequired).map(\.key) == ["name"])
        #expect(ProviderSettingsConformance(SampleSettings.self, required: ["name": "n"]).violations() == [])
    }
}

private struct SampleSettings: ProviderSettings {
    enum Color: String, CaseIterable { case red, blue }

    let isOn: Bool
    let words: Int
    let pause: Duration
    let color: Color
    let greeting: String
    let note: String?
    let name: String
    let tags: [String]
    let key: SecretReference?
    let inner: InnerSettings
    let maybe: InnerSettings?

    init(reading section: SettingsReader) {
        isOn = section.boolean("on", default: true, "whether it is on")
        words = section.integer("words", default: 3, in: 1...9, "how many words")
        pause = section.duration(
            "pause", default: .seconds(900), in: .seconds(60)...Duration.seconds(3600), "how long to wait")
        color = section.choice("color", default: Color.red, "which color")
        let quiet = TextCheck(fix: "whisper") { $0 == "shout" ? "must not shout" : nil }
        greeting = section.text("greeting", default: "hello", "what to say", check: quiet)
        note = section.optionalText("note", "what to remember")
        name = section.requiredText("name", "what it is called")
        tags = section.texts("tags", default: ["a", "b"], "how it is found")
        key = section.secret("key", "the key to it")
        inner = section.section("inner", InnerSettings.self, "what is inside")
        maybe = section.optionalSection("maybe", InnerSettings.self, "what may be inside")
    }
}

private struct InnerSettings: ProviderSettings {
    let depth: Int
    let key: SecretReference?

    init(reading section: SettingsReader) {
        depth = section.integer("depth", default: 1, in: 1...5, "how deep")
        key = section.secret("key", "the inner key")
    }
}
