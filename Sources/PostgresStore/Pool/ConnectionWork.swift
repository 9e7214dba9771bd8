internal import PluginKit

/// What a connection's thread does with its connection.
protocol ConnectionWork: Sendable {
    /// Serves until there will be nothing more to do, or `slot` has a successor for the connection. Looks at that
    /// between two pieces of work only.
    ///
    /// - Throws: ``Connection/Lost`` where the connection cannot be used any more; everything taken is finished then.
    func serve(_ connection: Connection, in slot: ConnectionSlot) throws(Connection.Lost)

    var line: any ConnectionLine { get }
}

/// What a connection's thread tells the line that it works for.
protocol ConnectionLine: Sendable {
    var isClosed: Bool { get }
    func sweep()
    func connectionOpened()
    func connectionLost(_ sleeper: Wakeup)
    func connectionFailed()
}

extension WaitingLine: ConnectionLine {}

extension Connection {
    /// Blocks the thread until the server says something, `wakeup` is signalled or `end` has passed.
    func rest(wakeup: Wakeup, until end: ContinuousClock.Instant? = nil) throws(Lost) {
        if Readiness.wait(for: socket, events: Readiness.input, wakeup: wakeup, until: end) {
            try readInput()
        }
    }
}

/// Carries transactions of one round trip, several at a time.
struct PipelinedWork: ConnectionWork {
    let waiting: WaitingLine<Exchange>

    var line: any ConnectionLine { waiting }

    func serve(_ connection: Connection, in slot: ConnectionSlot) throws(Connection.Lost) {
        let wakeup = slot.wakeup
        var flight = Flight(over: connection, wakeup: wakeup, putBack: waiting.putBack) { isHeldUp in
            waiting.sweep()
            if isHeldUp { waiting.stepAside(wakeup) }
        }
        while !slot.hasSuccessor {
            switch waiting.take(upTo: Flight.capacity, orWake: wakeup) {
            case .entries(let batch):
                try flight.carry(batch) { count in
                    slot.hasSuccessor ? [] : waiting.take(upTo: count, besidesOthersOf: wakeup)
                }
            case .nothing: try connection.rest(wakeup: wakeup)
            case .closed: return
            }
        }
    }
}
