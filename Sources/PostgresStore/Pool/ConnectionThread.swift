internal import Foundation
internal import Logging
internal import Metrics
internal import PluginKit

/// A thread that owns one connection: it opens it, serves with it, and opens it anew when it is lost.
struct ConnectionThread: Sendable {
    let target: ConnectionTarget
    let work: any ConnectionWork
    let settings: PostgresSettings
    let metrics: StoreMetrics
    let logger: Logger

    /// Starts the thread; it leaves `group` when the work's line is closed and empty.
    func start(in group: ThreadGroup, named name: String) throws(PostgresStartError) {
        let wakeup = try Wakeup()
        group.enter()
        let thread = Thread {
            run(wakeup: wakeup)
            group.leave()
        }
        thread.name = name
        thread.start()
    }

    private func run(wakeup: Wakeup) {
        var backOff = BackOff()
        var isDown = false
        while !work.line.isClosed {
            let start = ContinuousClock.now
            do {
                let connection = try open()
                logger.log(level: isDown ? .info : .debug, "connected to the database")
                isDown = false
                try serve(with: connection, wakeup: wakeup)
            } catch {
                // Once per outage is enough to wake somebody.
                logger.log(level: isDown ? .debug : .warning, "no connection to the database: \(error)")
                isDown = true
                // A server that takes a connection and drops it at once must not be asked again and again.
                if ContinuousClock.now - start > .seconds(10) { backOff = BackOff() }
                rest(backOff.pause(), wakeup: wakeup)
            }
        }
    }

    private func open() throws -> Connection {
        do {
            let connection = try Connection.open(target, while: goesOn)
            try connection.enterPipeline()
            let session = BoundStatement(ConfigureSession(deadline: settings.deadline))
            _ = try connection.perform([session], within: settings.deadline)
            return connection
        } catch {
            work.line.connectionFailed()
            throw error
        }
    }

    /// Serves until there is nothing more to do.
    private func serve(with connection: Connection, wakeup: Wakeup) throws(Connection.Lost) {
        work.line.connectionOpened()
        defer { work.line.connectionLost(wakeup) }
        do throws(Connection.Lost) {
            try work.serve(connection, wakeup: wakeup)
        } catch {
            metrics.reconnects.increment()
            throw error
        }
    }

    private func goesOn() -> Bool {
        work.line.sweep()
        return !work.line.isClosed
    }

    private func rest(_ pause: Duration, wakeup: Wakeup) {
        let end = ContinuousClock.now + pause
        while goesOn(), ContinuousClock.now < end {
            Readiness.wait(for: -1, events: 0, wakeup: wakeup, until: min(end, .now + .milliseconds(100)))
        }
    }
}
