import Foundation
import Logging
import Synchronization
import Testing

@testable import WebAPI

@Suite struct LogHandlerTests {
    private struct Failure: Error {}

    @Test("a record is one line of JSON with the time first")
    func json() throws {
        let log = CapturedLog()
        log.logger.info("ready", metadata: ["port": "8080", "tls": ["on": "yes"], "list": ["a", "b"]])
        #expect(
            log.lines == [
                #"{"time":"1970-01-01T00:00:00.000Z","level":"info","label":"test","message":"ready","list":"[\"a\", \"b\"]","port":"8080","tls.on":"yes"}"#
            ])
    }

    @Test(
        "nothing in a record can begin another line or reach the terminal",
        arguments: ["a\r\nb", "\u{1B}[2J", "\u{0}", "\u{9B}2J", "\u{2028}x", "\u{7F}", "\"}\n{\""])
    func injection(text: String) throws {
        let log = CapturedLog()
        log.logger.info("\(text)", metadata: ["key \(text)": "\(text)"])
        let line = try #require(log.lines.first)
        let isHarmless = line.unicodeScalars.allSatisfy {
            $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) && $0.value != 0x2028
        }
        #expect(isHarmless)
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        let message = try #require(object["message"])
        #expect(Array(message.unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test("metadata cannot take the place of time, level, label or message")
    func forgery() throws {
        let log = CapturedLog()
        log.logger.info("real", metadata: ["message": "forged", "level": "trace"])
        let line = try #require(log.lines.first)
        #expect(line.contains(#""message":"real""#) && line.contains(#""metadata.message":"forged""#))
    }

    @Test("the text form is one line too")
    func text() {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in
            TextLogHandler(level: .info, now: { Date(timeIntervalSince1970: 0) }) { line in
                lines.withLock { $0.append(line) }
            }
        }
        logger.debug("unseen")
        logger.warning("two\nlines", metadata: ["a": "b\u{1B}c"])
        #expect(lines.withLock { $0 } == [#"1970-01-01T00:00:00.000Z warning two\u000alines a="b\u001bc""#])
    }
}
