import Foundation
import PluginKit
import PluginTesting
import Synchronization
import Testing

@testable import VaultSecrets

@Suite("When Vault fails")
struct OutageTests {
    @Test(
        "each state is told apart, with what mends it",
        arguments: [
            (VaultState.sealed, "Vault is sealed"), (.uninitialised, "vault operator init"),
            (.standby(leader: nil), "no active node"), (.standby(leader: "http://127.0.0.1:9"), "does not forward"),
        ])
    func states(state: VaultState, words: String) async throws {
        try await VaultServer.run { server in
            server.double?.enter(state)
            try await VaultTenant.run(server) { tenant in
                let problem = await tenant.problem("acme#pepper")
                #expect(problem.contains(words), "\(problem)")
            }
        }
    }

    @Test(
        "a standby that forwards, or that serves reads, serves",
        arguments: [VaultState.forwardingStandby, .performanceStandby])
    func servingStandby(state: VaultState) async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x"}"#)
            server.double?.enter(state)
            try await VaultTenant.run(server) { tenant in
                let found = try await tenant.text("acme#pepper")
                #expect(found == "x")
            }
        }
    }

    @Test(
        "each fault that stays is told apart",
        arguments: [
            (VaultFault.badGatewayPage, "(status 502)"), (.invalidJSON, "is not Vault"), (.partialBody, "broke before"),
            (.reset, "broke before"), (.silence, "within the deadline"), (.gzip, "is not Vault"),
            (.rateLimited(retryAfter: "0"), "rate limit quota"), (.rateLimited(retryAfter: "60"), "rate limit quota"),
            (.redirect(to: "http://127.0.0.1:9"), "does not forward"),
            (.status(500, errors: ["canary"]), "(status 500)"),
            (.status(405, errors: ["canary"]), "refuses the request (status 405)"),
            (.status(404, errors: ["canary"]), "refuses the request (status 404)"),
        ])
    func faults(fault: VaultFault, words: String) async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x"}"#)
            server.double?.inject(fault, path: "secret/data")
            try await VaultTenant.run(server, [("deadline", .plain("1s"))]) { tenant in
                let problem = await tenant.problem("acme#pepper")
                #expect(problem.contains(words), "\(problem)")
                #expect(!problem.contains("canary"))
            }
        }
    }

    @Test(
        "a fault that passes is not noticed",
        arguments: [
            VaultFault.badGatewayPage, .reset, .partialBody, .rateLimited(retryAfter: "0"), .chunked,
            .latency(.milliseconds(100)), .status(412, errors: []), .status(472, errors: []), .status(473, errors: []),
            .status(500, errors: []), .status(503, errors: ["Vault is sealed"]), .status(504, errors: []),
            .status(
                400,
                errors: [
                    "Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly."
                ]),
        ])
    func passingFaults(fault: VaultFault) async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x"}"#)
            server.double?.inject(fault, times: 2, path: "secret/data")
            try await VaultTenant.run(server) { tenant in
                let found = try await tenant.text("acme#pepper")
                #expect(found == "x")
            }
        }
    }

    @Test("what will not pass is not asked again", arguments: [VaultFault.status(501, errors: []), .invalidJSON])
    func noRetry(fault: VaultFault) async throws {
        try await VaultServer.run { server in
            server.double?.inject(fault, path: "secret/data")
            try await VaultTenant.run(server) { tenant in
                _ = await tenant.problem("acme#pepper")
                #expect(server.paths.count { $0 == "/v1/secret/data/acme" } == 1)
            }
        }
    }

    @Test(
        "a login whose fate is unknown is not sent a second time",
        arguments: [VaultFault.reset, .partialBody, .silence])
    func loginOnce(fault: VaultFault) async throws {
        try await VaultServer.run { server in
            server.double?.inject(fault, path: "auth/approle/login")
            let auth: SettingsLiteral = ["approle": ["role_id": "r", "secret_id": "file:token"]]
            try await VaultTenant.run(server, [("auth", auth), ("deadline", .plain("1s"))]) { tenant in
                #expect(!(await tenant.problem("acme#pepper")).isEmpty)
                #expect(server.paths == ["/v1/auth/approle/login"])
            }
        }
    }

    @Test("the deadline holds, whatever Vault does", arguments: [VaultFault.silence, .reset, .latency(.seconds(30))])
    func deadline(fault: VaultFault) async throws {
        try await VaultServer.run { server in
            server.double?.inject(fault)
            try await VaultTenant.run(server, [("deadline", .plain("1s"))]) { tenant in
                let start = ContinuousClock.now
                #expect(!(await tenant.problem("acme#pepper")).isEmpty)
                #expect(.now - start < .milliseconds(1800))
            }
        }
    }

    @Test("after failures in a row Vault is left alone, and the error still says why")
    func breaker() async throws {
        try await VaultServer.run { server in
            server.double?.inject(.status(500, errors: []), path: "secret/data")
            try await VaultTenant.run(server) { tenant in
                for _ in 0..<20 {
                    let problem = await tenant.problem("acme#pepper")
                    #expect(problem.contains("(status 500)"), "\(problem)")
                }
                #expect(server.paths.count { $0 == "/v1/secret/data/acme" } == 5)
            }
        }
    }

    @Test("nothing listens: refused, not a fault of TLS")
    func nobodyListens() async throws {
        var gone = ""
        try await VaultServer.run { gone = $0.address }
        let server = VaultServer(address: gone, rootToken: "root", double: nil)
        try await VaultTenant.run(server) { tenant in
            #expect(await tenant.problem("acme#pepper").contains("nothing listens"))
        }
        try await VaultTenant.run(server, [("address", "https://no-such-host.invalid:8200")]) { tenant in
            let problem = await tenant.problem("acme#pepper")
            #expect(problem.contains("is not known") || problem.contains("cannot be reached"), "\(problem)")
        }
    }

    @Test("sealed, slow, lying, gone and back: no resolve fails within the time to live")
    func storm() async throws {
        try await VaultServer.run { server in
            let double = try #require(server.double)
            try await server.write("acme", #"{"pepper":"x"}"#)
            try await VaultTenant.run(server, [("deadline", .plain("1s")), ("time_to_live", .plain("30d"))]) { tenant in
                #expect(try await tenant.text("acme#pepper") == "x")
                let callers = Callers(tenant)
                for trouble in [Trouble.state(.sealed), .fault(.silence), .fault(.invalidJSON), .fault(.reset)] {
                    trouble.begin(double)
                    await tenant.refresh()
                    #expect(try await tenant.provider.resolve("acme#pepper")?.unconfirmedSince != nil)
                    trouble.end(double)
                    try await eventually {
                        await tenant.refresh()
                        return try await tenant.provider.resolve("acme#pepper")?.unconfirmedSince == nil
                    }
                }
                let (count, failures, slowest) = await callers.stop()
                #expect(count > 100)
                #expect(failures == [])
                #expect(slowest < .milliseconds(500))
            }
        }
    }

    @Test("a server that is killed and comes back serves a newer value without a restart")
    func restart() async throws {
        let first = try await VaultDouble.start()
        let server = VaultServer(address: first.address, rootToken: first.rootToken, double: first)
        try await server.write("acme", #"{"pepper":"old"}"#)
        try await VaultTenant.run(server, [("time_to_live", .plain("30d"))]) { tenant in
            #expect(try await tenant.text("acme#pepper") == "old")
            await first.stop()
            await tenant.refresh()
            #expect(try await tenant.text("acme#pepper") == "old")
            var configuration = VaultDouble.Configuration()
            configuration.port = try VaultAddress(reading: server.address).port
            let second = try await VaultDouble.start(configuration)
            try await server.write("acme", #"{"pepper":"new"}"#)
            try await eventually {
                await tenant.refresh()
                return try await tenant.text("acme#pepper") == "new"
            }
            await second.stop()
            tenant.clock.advance(by: .seconds(31 * 86_400))
            let problem = await tenant.problem("acme#pepper")
            #expect(problem.contains("longer ago than `time_to_live`"), "\(problem)")
        }
    }

    @Test("a provider that is let go without its end, and one that ends while it is asked, stop nothing")
    func roughEnds() async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x"}"#)
            do {
                let dropped = try VaultTenant(server)
                let found = try await dropped.text("acme#pepper")
                #expect(found == "x")
            }
            server.double?.inject(.silence, path: "secret/data")
            let tenant = try VaultTenant(server)
            async let problem = tenant.problem("acme#pepper")
            try await eventually { server.paths.count { $0 == "/v1/secret/data/acme" } == 3 }
            await tenant.provider.close()
            #expect(await problem.contains("was closed"))
        }
    }

    @Test("after its end the provider gives what it remembers, and touches nothing")
    func closed() async throws {
        try await VaultServer.run { server in
            try await server.write("acme", #"{"pepper":"x"}"#)
            let tenant = try VaultTenant(server)
            #expect(try await tenant.text("acme#pepper") == "x")
            await tenant.provider.close()
            server.double?.clearJournal()
            tenant.clock.advance(by: .seconds(600))
            #expect(try await tenant.text("acme#pepper") == "x")
            #expect(await tenant.problem("other#pepper").contains("was closed"))
            tenant.clock.advance(by: .seconds(3600))
            #expect(await tenant.problem("acme#pepper").contains("was closed"))
            #expect(server.paths == [])
        }
    }
}

/// Something that happens to a server for a while.
private enum Trouble {
    case state(VaultState)
    case fault(VaultFault)

    func begin(_ double: VaultDouble) {
        switch self {
        case .state(let state): double.enter(state)
        case .fault(let fault): double.inject(fault)
        }
    }

    func end(_ double: VaultDouble) {
        double.enter(.active)
        double.clearFaults()
    }
}

/// Resolves one secret again and again until it is stopped.
private final class Callers: Sendable {
    private let task: Task<(count: Int, failures: [String], slowest: Duration), Never>

    init(_ tenant: VaultTenant) {
        task = Task {
            var (count, failures, slowest) = (0, [String](), Duration.zero)
            while !Task.isCancelled {
                let start = ContinuousClock.now
                let problem = await tenant.problem("acme#pepper")
                slowest = max(slowest, .now - start)
                if !problem.isEmpty { failures.append(problem) }
                count += 1
                await Task.yield()
            }
            return (count, failures, slowest)
        }
    }

    func stop() async -> (count: Int, failures: [String], slowest: Duration) {
        task.cancel()
        return await task.value
    }
}
