import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// A listener whose connection string changes while it hears.
    @Suite("Rotation of a listener's password")
    struct NotificationRotationTests {
        @Test("a password that changes is taken up, whatever is changed first", arguments: RotationTests.Order.allCases)
        func rotation(order: RotationTests.Order) async throws {
            try await Rotation.run { rotation in
                try await Ear.open(to: rotation.original) { ear in
                    try await ear.untilHearing()
                    let before = try await rotation.cluster.listenerProcesses()
                    if order == .databaseFirst { try await rotation.alterRole("fresh-password") }
                    ear.listener.useConnection(rotation.url("fresh-password"), previous: rotation.original)
                    if order == .secretFirst {
                        try await until { ear.log.count(of: "does not work") == 1 }
                        #expect(try await rotation.cluster.listenerProcesses() == before)
                        #expect(ear.isHearing)
                        try await rotation.alterRole("fresh-password")
                    }
                    try await until {
                        let now = try await rotation.cluster.listenerProcesses()
                        return now.listening != nil && now.listening != before.listening
                    }
                    try await ear.untilHearing()
                    try await ear.hear("with the new one", on: rotation.cluster)
                    #expect(ear.log.count(of: "warning does not hear") == 0)
                    #expect(ear.log.count(of: "fresh-password") == 0)
                }
            }
        }

        @Test("a listener that is told a wrong password goes on with the one before, even after a loss")
        func wrongPassword() async throws {
            try await Rotation.run { rotation in
                try await Ear.open(to: rotation.url("not-yet"), previous: rotation.original) { ear in
                    try await ear.untilHearing()
                    let before = ear.interruptions
                    try await rotation.loseConnections()
                    try await until { ear.interruptions >= before + 2 }
                    try await ear.untilHearing()
                    try await ear.hear("with the one before", on: rotation.cluster)
                    #expect(ear.log.count(of: "28P01") == 1)
                }
            }
        }
    }
}
