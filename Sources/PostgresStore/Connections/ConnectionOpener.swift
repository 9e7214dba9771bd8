internal import Logging
internal import PluginKit

/// Opens connections for one store, to wherever its address leads at the moment.
struct ConnectionOpener: Sendable {
    /// A connection, and the generation of the address that it was opened with; 0 for the previous one.
    struct Opened {
        let connection: Connection
        let generation: Int

        var isOutdated: Bool { generation == 0 }
    }

    let address: ConnectionAddress
    let deadline: Duration
    let logger: Logger

    /// Connects with the current connection string or, where the server refuses its credentials, with the one before.
    /// Blocks the thread.
    ///
    /// - Throws: why the current one does not work.
    func connect(while goesOn: () -> Bool = { true }) throws(PostgresStartError) -> Opened {
        let choice = address.choice
        do throws(PostgresStartError) {
            return try connect(choice, while: goesOn)
        } catch {
            guard error.blamesConnectionString, let previous = choice.previous,
                let connection = try? Connection.open(previous, while: goesOn)
            else { throw error }
            tell(error, of: choice, accepting: previous)
            return Opened(connection: connection, generation: 0)
        }
    }

    /// As ``connect(while:)``, and makes the connection ready for transactions.
    func open(while goesOn: () -> Bool) throws -> Opened {
        try ready(try connect(while: goesOn))
    }

    /// Opens a connection with the current connection string and no other, ready for transactions.
    func openCurrent(while goesOn: () -> Bool) throws -> Opened {
        let choice = address.choice
        do {
            return try ready(try connect(choice, while: goesOn))
        } catch {
            if goesOn() { tell(error, of: choice) }
            throw error
        }
    }

    private func connect(
        _ choice: ConnectionAddress.Choice, while goesOn: () -> Bool
    ) throws(PostgresStartError) -> Opened {
        let connection = try Connection.open(choice.current, while: goesOn)
        if address.noteAcceptance(of: choice) { logger.notice("the current address of the database works now") }
        return Opened(connection: connection, generation: choice.generation)
    }

    private func ready(_ opened: Opened) throws -> Opened {
        try opened.connection.enterPipeline()
        let session = BoundStatement(ConfigureSession(deadline: deadline))
        _ = try opened.connection.perform([session], within: deadline)
        return opened
    }

    /// Once for each change of the address is enough to wake somebody.
    private func tell(
        _ error: any Error, of choice: ConnectionAddress.Choice, accepting other: ConnectionTarget? = nil
    ) {
        guard address.noteRefusal(of: choice, accepting: other) else { return }
        logger.warning("the current address of the database does not work; the one before stays in use: \(error)")
    }
}
