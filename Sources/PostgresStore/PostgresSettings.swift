package import PluginKit

/// How to reach the database, and how much to ask of it.
package struct PostgresSettings: Sendable {
    /// A URL or a line of keywords, as libpq and psql take it. The store starts with it, and may be given another.
    let connection: SecretText
    /// What stands in where the server refuses the credentials of ``connection``.
    let previousConnection: SecretText?
    /// Connections that carry transactions of one round trip, many at a time.
    let pipelineConnections: Int
    /// Connections that carry one transaction with several round trips at a time.
    let interactiveConnections: Int
    /// How long a transaction may take, from the call to the answer.
    let deadline: Duration
    /// How many transactions may wait for a connection; one more is refused at once.
    let maximumWaiting: Int
    /// What the server's views and logs call these connections.
    let applicationName: String

    /// At least one connection of each kind; the platform's store has none of the second.
    package init(
        connection: SecretText,
        previousConnection: SecretText? = nil,
        pipelineConnections: Int = 2,
        interactiveConnections: Int = 4,
        deadline: Duration = .seconds(5),
        maximumWaiting: Int = 1024,
        applicationName: String = "gatehouse"
    ) {
        precondition(pipelineConnections > 0 && interactiveConnections > 0 && maximumWaiting > 0)
        self.connection = connection
        self.previousConnection = previousConnection
        self.pipelineConnections = pipelineConnections
        self.interactiveConnections = interactiveConnections
        self.deadline = deadline
        self.maximumWaiting = maximumWaiting
        self.applicationName = applicationName
    }
}
