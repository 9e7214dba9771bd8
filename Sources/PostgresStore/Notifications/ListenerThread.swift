internal import Foundation
internal import Logging
internal import PluginKit

/// The thread of a listener: it listens, and listens anew when hearing was lost, or where it is handed another
/// connection.
struct ListenerThread: Sendable {
    let opener: ConnectionOpener
    let renewal: ConnectionRenewal
    let plan: ListenerPlan
    let term: HearingTerm
    let metrics: ListenerMetrics
    let logger: Logger
    let isClosed: @Sendable () -> Bool

    /// Starts the thread; it leaves `group` when the listener is closed.
    func start(in group: ThreadGroup, with slot: ConnectionSlot) {
        group.start(named: "pg-listener") { run(slot) }
    }

    private func run(_ slot: ConnectionSlot) {
        var backOff = BackOff()
        var log = ListenerLog(logger)
        while !isClosed() {
            let start = ContinuousClock.now
            do {
                if !slot.hasSuccessor { slot.offer(try open()) }
                while let connection = slot.takeSuccessor() { try serve(connection, in: slot, &log) }
            } catch {
                log.isDeaf(because: error)
                // A server that takes a connection and drops it at once must not be asked again and again.
                if ContinuousClock.now - start > .seconds(10) { backOff = BackOff() }
                rest(backOff.pause(), in: slot)
            }
        }
    }

    private func open() throws -> ConnectionOpener.Opened {
        let opened = try opener.open { !isClosed() }
        if opened.isOutdated { renewal.begin() }
        return opened
    }

    /// Hears until the listener is closed or `slot` has another connection.
    private func serve(_ connection: Connection, in slot: ConnectionSlot, _ log: inout ListenerLog) throws {
        do {
            let announcing = try open().connection
            var session = ListeningSession(
                listening: connection, announcing: announcing, for: plan, term: term, wakeup: slot.wakeup)
            try hear(with: &session, &log) { !isClosed() && !slot.hasSuccessor }
        } catch {
            metrics.countReconnect()
            throw error
        }
    }

    private func hear(
        with session: inout ListeningSession, _ log: inout ListenerLog, while goesOn: () -> Bool
    ) throws {
        try session.listen(within: opener.deadline, while: goesOn)
        // Whatever was announced before is lost. From here on nothing is, so who asks the database now may keep it.
        plan.interrupted()
        defer {
            term.finish()
            if session.hasHeard { plan.interrupted() }
        }
        try session.beginHearing(while: goesOn)
        if session.hasHeard { log.hears() }
        try session.goOnHearing(while: goesOn)
    }

    private func rest(_ pause: Duration, in slot: ConnectionSlot) {
        let end = ContinuousClock.now + pause
        while !isClosed(), !slot.hasSuccessor, ContinuousClock.now < end {
            Readiness.wait(for: -1, events: 0, wakeup: slot.wakeup, until: end)
        }
    }
}
