internal import Foundation
internal import Logging
internal import Metrics
internal import PluginKit

/// A thread that owns one connection: it opens it, serves with it, opens it anew when it is lost, and goes over to
/// another that it is handed.
struct ConnectionThread: Sendable {
    let opener: ConnectionOpener
    let renewal: ConnectionRenewal
    let work: any ConnectionWork
    let metrics: StoreMetrics
    let logger: Logger

    /// Starts the thread; it leaves `group` when the work's line is closed and empty.
    func start(in group: ThreadGroup, named name: String) throws(PostgresStartError) {
        let slot = try ConnectionSlot()
        renewal.add(slot)
        group.start(named: name) { run(slot) }
    }

    private func run(_ slot: ConnectionSlot) {
        var backOff = BackOff()
        var isDown = false
        while !work.line.isClosed {
            let start = ContinuousClock.now
            do {
                if !slot.hasSuccessor { slot.offer(try open()) }
                logger.log(level: isDown ? .info : .debug, "connected to the database")
                isDown = false
                try serve(in: slot)
            } catch {
                // Once per outage is enough to wake somebody.
                logger.log(level: isDown ? .debug : .warning, "no connection to the database: \(error)")
                isDown = true
                // A server that takes a connection and drops it at once must not be asked again and again.
                if ContinuousClock.now - start > .seconds(10) { backOff = BackOff() }
                rest(backOff.pause(), wakeup: slot.wakeup)
            }
        }
    }

    private func open() throws -> ConnectionOpener.Opened {
        do {
            let opened = try opener.open(while: goesOn)
            if opened.isOutdated { renewal.begin() }
            return opened
        } catch {
            work.line.connectionFailed()
            throw error
        }
    }

    /// Serves with one connection after another until there is nothing more to do.
    private func serve(in slot: ConnectionSlot) throws(Connection.Lost) {
        work.line.connectionOpened()
        defer { work.line.connectionLost(slot.wakeup) }
        do throws(Connection.Lost) {
            while let connection = slot.takeSuccessor() { try work.serve(connection, in: slot) }
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
