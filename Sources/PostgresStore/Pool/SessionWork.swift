internal import PluginKit

/// Lends its connection to one transaction after the other, each for as long as it has something to ask.
struct SessionWork: ConnectionWork {
    let requests: WaitingLine<LeaseRequest>

    var line: any ConnectionLine { requests }

    func serve(_ connection: Connection, in slot: ConnectionSlot) throws(Connection.Lost) {
        let wakeup = slot.wakeup
        while !slot.hasSuccessor {
            switch requests.take(upTo: 1, orWake: wakeup) {
            case .entries(let taken): for request in taken { try serve(request, on: connection, wakeup: wakeup) }
            case .nothing: try connection.rest(wakeup: wakeup)
            case .closed: return
            }
        }
    }

    private func serve(_ request: LeaseRequest, on connection: Connection, wakeup: Wakeup) throws(Connection.Lost) {
        let lease = Lease(deadline: request.deadline)
        var flight = Flight(over: connection, wakeup: wakeup, putBack: lease.line.putBack) { _ in requests.sweep() }
        let opening = Answer()
        defer { lease.end() }
        do throws(Connection.Lost) {
            try flight.carry([request.exchange(finish: opening.take)])
        } catch {
            request.finish(opening.outcome.map { _ in lease })
            throw error
        }
        request.finish(opening.outcome.map { _ in lease })
        if opening.isGood { try serve(lease, on: connection, with: &flight, wakeup: wakeup) }
        try leaveClean(connection)
    }

    private func serve(
        _ lease: Lease, on connection: Connection, with flight: inout Flight, wakeup: Wakeup
    ) throws(Connection.Lost) {
        while true {
            switch lease.line.take(upTo: 1, orWake: wakeup) {
            case .entries(let exchange): try flight.carry(exchange)
            case .nothing:
                try connection.rest(wakeup: wakeup, until: .now + .milliseconds(100))
                requests.sweep()
            case .closed: return
            }
        }
    }

    /// Rolls back what was not committed.
    private func leaveClean(_ connection: Connection) throws(Connection.Lost) {
        guard !connection.isIdle else { return }
        _ = try? connection.perform([BoundStatement(RollBackTransaction())], within: .seconds(1))
        guard connection.isIdle else { throw Connection.Lost(reason: nil) }
    }
}
