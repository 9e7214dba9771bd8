import Foundation
import PluginKit
import Synchronization
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// What a listener knows of its own deafness.
    @Suite("Outages of a listener")
    struct NotificationOutageTests {
        enum Half: CaseIterable {
            case listening, announcing
        }

        @Test(
            "a connection that is lost ends hearing, the owner is told, and hearing begins anew",
            arguments: Half.allCases)
        func lostConnection(half: Half) async throws {
            let cluster = try TestCluster.current
            try await Ear.open(to: cluster.database.app) { ear in
                for round in 1...3 {
                    try await ear.untilHearing()
                    let before = ear.interruptions
                    let processes = try await cluster.listenerProcesses()
                    try await cluster.end(half == .listening ? processes.listening : processes.announcing)
                    // Once for the loss, and once before hearing begins anew.
                    try await until { ear.interruptions == before + 2 }
                    try await ear.untilHearing()
                    try await ear.hear("round \(round)", on: cluster)
                    #expect(ear.log.count(of: "warning does not hear") == round)
                    try await until { ear.log.count(of: "info hears what the database announces") == round }
                }
                #expect(!ear.events.contains(.interrupted(isHearing: true)))
            }
        }

        @Test("a server that stops and starts is heard again")
        func restart() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            try await cluster.database.prepare()
            try await Ear.open(to: cluster.database.app) { ear in
                try await ear.untilHearing()
                await cluster.cluster.stop()
                try await until { !ear.isHearing }
                try await until { ear.log.count(of: "debug does not hear") > 1 }
                #expect(!ear.isHearing)
                _ = try await cluster.cluster.start()
                try await ear.untilHearing()
                try await ear.hear("again", on: cluster)
                #expect(ear.log.count(of: "warning does not hear") == 1)
                #expect(ear.log.count(of: "transaction mode") == 0)
            }
            try await cluster.remove()
        }

        @Test("a server's process that says nothing any more is noticed within the bound", arguments: Half.allCases)
        func silentProcess(half: Half) async throws {
            let cluster = try TestCluster.current
            try await Ear.open(to: cluster.database.app) { ear in
                try await ear.untilHearing()
                let processes = try await cluster.listenerProcesses()
                let process = try #require(half == .listening ? processes.listening : processes.announcing)
                kill(process, SIGSTOP)
                defer { kill(process, SIGCONT) }
                try await expectDeafness(of: ear)
                try await ear.untilHearing()
                try await ear.hear("again", on: cluster)
                #expect(ear.log.count(of: "did not come back") == 1)
                #expect(ear.log.count(of: "transaction mode") == 0)
            }
        }

        @Test("a network that swallows everything is noticed within the bound, and survived")
        func silentNetwork() async throws {
            let cluster = try TestCluster.current
            let relay = try Relay(to: cluster, .everything)
            defer { relay.close() }
            try await Ear.open(to: relay.url(cluster.database.app)) { ear in
                try await ear.untilHearing()
                try await ear.hear("before", on: cluster)
                relay.behave(.nothing)
                try await expectDeafness(of: ear)
                relay.behave(.everything)
                try await ear.untilHearing()
                try await ear.hear("after", on: cluster)
            }
        }

        @Test("behind a pooler in transaction mode nothing is claimed to be heard, and the log says what to do")
        func pooler() async throws {
            let cluster = try TestCluster.current
            let relay = try Relay(to: cluster, .answersOnly)
            defer { relay.close() }
            try await Ear.open(to: relay.url(cluster.database.app), heartbeat: .brief) { ear in
                // Between the attempts to connect, the owner is told that hearing may begin.
                var hasClaimed = false
                try await until {
                    hasClaimed = hasClaimed || ear.isHearing
                    return ear.interruptions >= 3
                }
                #expect(!hasClaimed)
                #expect(ear.log.count(of: "hears what the database announces") == 0)
                #expect(ear.log.count(of: "warning does not hear") == 1)
                #expect(ear.log.lines.first { $0.contains("warning") }?.contains("transaction mode") == true)
                relay.behave(.everything)
                try await ear.untilHearing()
            }
        }

        @Test("hearing ends by itself while the owner keeps the thread busy")
        func busyOwner() async throws {
            let cluster = try TestCluster.current
            let gate = Mutex(true)
            let reaction: Ear.Reaction = { event in
                guard case .received = event else { return }
                while gate.withLock({ $0 }) { Readiness.wait(for: -1, events: 0, until: .now + .milliseconds(5)) }
            }
            try await Ear.open(to: cluster.database.app, reaction: reaction) { ear in
                try await ear.untilHearing()
                try await ear.hear("a long story", on: cluster)
                let before = ear.interruptions
                try await until { !ear.isHearing }
                gate.withLock { $0 = false }
                try await ear.untilHearing()
                #expect(ear.interruptions >= before + 2)
            }
        }

        private func expectDeafness(of ear: Ear) async throws {
            let (start, before) = (ContinuousClock.now, ear.interruptions)
            try await until { !ear.isHearing }
            #expect(ContinuousClock.now - start < Ear.quick.bound + .seconds(1))
            try await until { ear.interruptions > before }
        }
    }
}

extension Heartbeat {
    fileprivate static let brief = Heartbeat(interval: .milliseconds(50), bound: .milliseconds(200))
}
