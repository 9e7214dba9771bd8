import Foundation
import Testing

@testable import PluginTesting

/// What goes wrong between a client and the double, on request.
@Suite("Vault double: faults")
struct VaultFaultTests {
    @Test("a fault counts down, meets only its path, and is gone afterwards")
    func counting() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            double.inject(.status(412, errors: ["behind"]), times: 2, path: "secret/")
            #expect(try await probe.send("GET", "sys/health").status == 200)
            let first = try await probe.send("GET", "secret/data/a")
            #expect(first.status == 412)
            #expect(first.errors == ["behind"])
            #expect(try await probe.send("GET", "secret/data/a").status == 412)
            #expect(try await probe.send("GET", "secret/data/a").status == 404)
            double.inject(.badGatewayPage)
            #expect(try await probe.send("GET", "sys/health").header("Content-Type")?.hasPrefix("text/html") == true)
            double.clearFaults()
            #expect(try await probe.send("GET", "sys/health").status == 200)
        }
    }

    @Test("a fault that takes the answer's place keeps the server from working")
    func replacement() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            double.inject(.status(500, errors: []), times: 1)
            try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
            #expect(try await probe.send("GET", "secret/data/a").status == 404)
        }
    }

    @Test("a reset and a half body break the connection off, and the work is done nevertheless")
    func breaking() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            for (number, fault) in [VaultFault.reset, .partialBody].enumerated() {
                double.inject(fault, times: 1)
                await #expect(throws: (any Error).self) {
                    try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
                }
                let version = try await probe.send("GET", "secret/data/a").json["data"]?["metadata"]?["version"]
                #expect(version == .integer(number + 1))
            }
        }
    }

    @Test("a 200 can hold broken JSON")
    func brokenJSON() async throws {
        try await withDouble { double in
            double.inject(.invalidJSON, times: 1)
            let answer = try await VaultProbe(double).send("GET", "secret/data/a")
            #expect(answer.status == 200)
            #expect(JSONValue(answer.body) == nil)
        }
    }

    @Test("a chunked answer has no length and the same body")
    func chunked() async throws {
        try await withDouble { double in
            double.inject(.chunked, times: 1)
            let answer = try await VaultProbe(double).send("GET", "sys/seal-status")
            #expect(answer.header("Transfer-Encoding") == "chunked")
            #expect(answer.header("Content-Length") == nil)
            #expect(answer.json["sealed"] == false)
        }
    }

    @Test("a compressed answer is what gzip reads")
    func compressed() async throws {
        try await withDouble { double in
            double.inject(.gzip, times: 1)
            let answer = try await VaultProbe(double).send("GET", "sys/seal-status")
            #expect(answer.header("Content-Encoding") == "gzip")
            #expect(answer.body.prefix(3) == [0x1F, 0x8B, 8])
            // A stored block: after ten bytes of header and five of its own comes the text as it is.
            #expect(JSONValue(Array(answer.body.dropFirst(15).dropLast(8)))?["sealed"] == false)
        }
    }

    @Test("the checksum in a compressed answer is that of the published example")
    func checksum() {
        let wrapped = Gzip.wrap(Array("123456789".utf8))
        #expect(wrapped.suffix(8) == [0x26, 0x39, 0xF4, 0xCB, 9, 0, 0, 0])
    }

    @Test("a redirect keeps path and query, and leads to whatever host it is told")
    func redirect() async throws {
        try await withDouble { double in
            double.inject(.redirect(to: "http://127.0.0.2:1"), times: 1)
            let answer = try await VaultProbe(double).send("GET", "secret/data/a?version=2")
            #expect(answer.status == 307)
            #expect(answer.header("Location") == "http://127.0.0.2:1/v1/secret/data/a?version=2")
        }
    }

    @Test("an exceeded limit says when to come back, or does not", arguments: ["3", nil])
    func rateLimit(retryAfter: String?) async throws {
        try await withDouble { double in
            double.inject(.rateLimited(retryAfter: retryAfter), times: 1)
            let answer = try await VaultProbe(double).send("GET", "secret/data/a")
            #expect(answer.status == 429)
            #expect(answer.header("Retry-After") == retryAfter)
            #expect(answer.errors == ["request path \"secret/data/a\": rate limit quota exceeded"])
        }
    }

    @Test("a late answer is late, and a silent server says nothing until it stops", .timeLimit(.minutes(1)))
    func lateness() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            double.inject(.latency(.milliseconds(120)), times: 1)
            let taken = try await ContinuousClock().measure { try await probe.send("GET", "sys/health") }
            #expect(taken >= .milliseconds(120))
            double.inject(.silence, times: 1)
            let unanswered = Task { try await probe.send("GET", "sys/leader") }
            while !double.journal.contains(where: { $0.path == "/v1/sys/leader" }) { await Task.yield() }
            await double.stop()
            await #expect(throws: (any Error).self) { try await unanswered.value }
        }
    }

    @Test("the journal holds method, path, query, headers and size of every request, and no body")
    func journal() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double)
            try await probe.send("GET", "secret/data/a?version=1")
            try await probe.send("LIST", "secret/metadata/")
            try await probe.send("POST", "secret/data/a", ["data": ["k": "v"]])
            let records = double.journal
            #expect(records.map(\.method) == ["GET", "LIST", "POST"])
            #expect(records.map(\.path) == ["/v1/secret/data/a", "/v1/secret/metadata/", "/v1/secret/data/a"])
            #expect(records[0].query == "version=1")
            #expect(records[0].header("x-vault-token") == "root")
            #expect(records[2].bodySizeBytes == 18)
            double.clearJournal()
            #expect(double.journal == [])
        }
    }

    @Test("the journal knows how many requests were under way at the same time, until it is cleared")
    func crowd() {
        let service = VaultService(VaultDouble.Configuration())
        let request = HTTPRequest(method: "GET", target: "/v1/sys/health")
        let first = service.answer(request)
        let second = service.answer(request)
        first.end()
        service.answer(request).end()
        #expect(service.mostAtOnce == 2)
        service.clearJournal()
        #expect(service.mostAtOnce == 1)
        second.end()
        service.answer(request).end()
        #expect(service.mostAtOnce == 1)
    }

    @Test("a program of another language sets states and faults over HTTP, which the journal passes over")
    func control() async throws {
        try await withDouble { double in
            let probe = VaultProbe(double).with(token: "")
            let fault: JSONValue = ["fault": "status", "status": 418, "errors": ["tea"], "times": 1]
            let injected = try await probe.exchange("POST", "/double/faults", body: fault.bytes)
            #expect(injected.status == 204)
            #expect(try await probe.send("GET", "sys/health").status == 418)
            let state: JSONValue = ["state": "sealed"]
            #expect(try await probe.exchange("POST", "/double/state", body: state.bytes).status == 204)
            #expect(try await probe.send("GET", "sys/health").status == 503)
            #expect(try await probe.exchange("POST", "/double/state", body: Array("{}".utf8)).status == 400)
            let journal = try await probe.exchange("GET", "/double/journal").json
            #expect(journal["requests"]?.array?.count == 2)
            // One after the other, so each was at its end before the next began.
            #expect(journal["most_at_once"] == 1)
        }
    }
}
