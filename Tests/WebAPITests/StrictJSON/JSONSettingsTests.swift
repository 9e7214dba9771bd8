import Kernel
import PluginKit
import Testing

@testable import WebAPI

@Suite("Settings as JSON") struct JSONSettingsTests {
    @Test(
        "what was read is written as it was, with nothing lost",
        arguments: [
            #"{"a":1,"b":true,"c":"text","d":null,"e":[1,"1",false],"f":{"g":{}}}"#,
            #"{"z":"first","a":"second"}"#, #"{"a":12345678901234567890,"b":-0,"c":1e3,"d":1.10}"#,
            #"{"a":"true","b":"1","c":"null","d":"~","e":""}"#, #"{"a.b":1,"c/d":2,"e~f":3,"":4}"#,
            #"{"a":"\u0001\u001f\u007f\"\\/é😀"}"#,
        ])
    func roundTrip(text: String) throws {
        let value = try JSONParser.parse(Array(text.utf8)).root
        let back = JSONValue(SettingsNode(value)).written
        let plain = try JSONParser.parse(back).root.written
        #expect(String(decoding: back, as: UTF8.self) == String(decoding: value.written, as: UTF8.self))
        #expect(plain == back)
    }

    @Test("texts survive the way through YAML as texts, and numbers as numbers")
    func yaml() throws {
        let text = ##"{"a":"12","b":12,"c":"true","d":true,"e":"- x: y","f":"null","g":" *x ","h":["a, b","#"]}"##
        let node = SettingsNode(try JSONParser.parse(Array(text.utf8)).root)
        let parsed = try SettingsParser.parse(try SettingsWriter.yaml(node))
        #expect(String(decoding: JSONValue(parsed).written, as: UTF8.self) == text)
    }

    @Test(
        "numbers that JSON has not stay texts",
        arguments: [
            ("012", #""012""#), ("1_000", #""1_000""#), ("0x1F", #""0x1F""#), ("+1", #""+1""#), ("yes", #""yes""#),
            (".5", #"".5""#), ("12", "12"), ("-3", "-3"), ("true", "true"), ("[x", #""[x""#),
        ])
    func numbers(written: String, json: String) {
        let node = SettingsNode(.scalar(written, plain: true), line: 1)
        #expect(String(decoding: JSONValue(node).written, as: UTF8.self) == json)
    }

    @Test(
        "a problem is pointed at where it stands, though keys may hold dots",
        arguments: [
            ("a", "/document/a"), ("a.b", "/document/a/b"), ("a.b.c", "/document/a.b/c"), ("x.y", "/document/x.y"),
            ("a.missing", "/document/a/missing"), ("", "/document"), ("b~c", "/document/b~0c"),
        ])
    func pointers(key: String, pointer: String) throws {
        let text = #"{"a":{"b":1},"a.b":{"c":1},"x.y":1,"b~c":1}"#
        let node = SettingsNode(try JSONParser.parse(Array(text.utf8)).root)
        let found = node.pointer(to: key, below: JSONPointer().appending("document")).text
        // Of two that read alike the longer key is meant.
        #expect(found == (key == "a.b" ? "/document/a.b" : pointer))
    }
}
