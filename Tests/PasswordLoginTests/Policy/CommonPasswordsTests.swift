import Testing

@testable import PasswordLogin

@Suite("Common passwords")
struct CommonPasswordsTests {
    private let listed = CommonPasswords(words: ["swordfish", "öl"], dictionary: nil)

    @Test(
        "are found as they stand, decorated, repeated and as runs",
        arguments: [
            "swordfish", "SwordFish", "swordfish1", "swordfish2026!", "swordfish!!!!!!!!!", "swordfishswordfish",
            "aaaaaaaaaaaa",
            "abcabcabcabc", "12341234", "abcdefghijkl", "987654321", "ÖL", "öl!",
        ])
    func common(password: String) {
        #expect(listed.contains(password))
    }

    @Test(
        "are not found in what only resembles them",
        arguments: [
            "", "a", "sword fish", "swordfish0123456789", "1swordfish", "swordfishes", "swordfishswordfis",
            "quiet harbour",
            "abcdeabcde", "abcdefghijk1", "a928374928374928",
        ])
    func uncommon(password: String) {
        #expect(!listed.contains(password))
    }

    @Test("include the program's own words without any dictionary")
    func ownWords() {
        let own = CommonPasswords(words: CommonPasswordWords.all, dictionary: nil)
        for password in ["password", "123456", "qwertyuiop", "Password1234", "letmein", "iloveyou!", "admin123"] {
            #expect(own.contains(password), "\(password)")
        }
    }

    @Test("the program's own words are in lower case and stand there once")
    func ownWordsAreTidy() {
        #expect(CommonPasswordWords.all.allSatisfy { $0 == $0.lowercased() })
        #expect(Set(CommonPasswordWords.all).count == CommonPasswordWords.all.count)
    }

    @Test("a dictionary that is not there is no dictionary")
    func missingDictionary() {
        #expect(CrackDictionary(path: "/nonexistent/dictionary") == nil)
    }

    @Test("the system's dictionary knows its words and no others", .enabled(if: CommonPasswordsTests.hasDictionary))
    func systemDictionary() {
        for word in ["elephant", "password", "computer"] { #expect(CommonPasswords.standard.contains(word), "\(word)") }
        for word in ["elephont", "quiet harbour", String(repeating: "elephant ", count: 9)] {
            #expect(!CommonPasswords.standard.contains(word), "\(word)")
        }
    }

    @Test("the system's dictionary answers many at once", .enabled(if: CommonPasswordsTests.hasDictionary))
    func concurrentQuestions() async {
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                let word = index.isMultiple(of: 2) ? "elephant" : "elephont"
                group.addTask { CommonPasswords.standard.contains(word) == index.isMultiple(of: 2) }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    private static var hasDictionary: Bool { CommonPasswords.standard.contains("elephant") }
}
