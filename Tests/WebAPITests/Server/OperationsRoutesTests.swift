import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Metrics
import Testing

@testable import WebAPI

@Suite struct OperationsRoutesTests {
    private struct Down: Error {
        let cause = "host db.internal refused"
    }

    private func respond(_ path: String, _ checks: [ReadinessCheck]) async throws -> TestResponse {
        let metrics = PrometheusMetrics()
        Counter(label: "things_total", factory: metrics).increment()
        let readiness = Readiness(checks, deadline: .milliseconds(100))
        let table = RouteTable(OperationsRoutes(readiness: readiness, metrics: metrics).routes)
        let application = Application(responder: table.responder(middleware: SampleAPI.middleware()))
        return try await application.test(.router) { try await $0.execute(uri: path, method: .get) }
    }

    @Test("the process is alive even where it cannot serve")
    func alive() async throws {
        let response = try await respond("/healthz", [ReadinessCheck("database") { throw Down() }])
        #expect(response.status == .ok && response.text == #"{"status":"ok"}"#)
    }

    @Test("it is ready when every check passes")
    func ready() async throws {
        #expect(try await respond("/readyz", [ReadinessCheck("database") {}]).status == .ok)
    }

    @Test("it names what fails and what takes too long, and nothing more")
    func notReady() async throws {
        let response = try await respond(
            "/readyz",
            [
                ReadinessCheck("isolation") {}, ReadinessCheck("database") { throw Down() },
                ReadinessCheck("vault") { try await Task.sleep(for: .seconds(60)) },
            ])
        #expect(response.status == .serviceUnavailable)
        #expect(response.text == #"{"failing":["database","vault"],"status":"unavailable"}"#)
    }

    @Test("metrics are in the text format that Prometheus asks for")
    func metrics() async throws {
        let response = try await respond("/metrics", [])
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(response.text.contains("# TYPE things_total counter\nthings_total 1\n"))
    }
}
