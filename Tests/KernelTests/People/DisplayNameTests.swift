import Testing

@testable import Kernel

@Suite("Display names")
struct DisplayNameTests {
    @Test(
        "a name is kept as it is written, without the space around it",
        arguments: ["Anna", "Анна Каренина", "O'Neil", "👩‍👩‍👧"])
    func names(_ text: String) {
        #expect(DisplayName("\t \(text)\n")?.text == text)
    }

    @Test(
        "nothing, too much and control characters are no name",
        arguments: [
            "", "  \n", "An\u{0}na", "An\r\nna", "An\u{1b}[31mna", "An\u{7f}na", "An\u{85}na",
            String(repeating: "a", count: 201),
        ])
    func refused(_ text: String) {
        #expect(DisplayName(text) == nil)
    }

    @Test("200 code points are allowed, however many make up a character")
    func length() {
        #expect(DisplayName(String(repeating: "e\u{301}", count: 100)) != nil)
        #expect(DisplayName(String(repeating: "e\u{301}", count: 101)) == nil)
    }
}
