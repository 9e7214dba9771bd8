/// Why the database did not do what it was asked. Holds no value, no SQL and no connection detail.
public enum DatabaseError: Error, Sendable, Equatable {
    /// No connection to the server; trying again later may help.
    case unavailable
    /// No connection became free within the bounded wait.
    case overloaded
    /// The deadline passed; the statement was cancelled and rolled back, or was never sent.
    case timedOut
    /// A unique key is taken (SQLSTATE 23505).
    case uniqueViolation(constraint: String)
    /// A referenced row does not exist (23503).
    case foreignKeyViolation(constraint: String)
    /// A check failed (23514).
    case checkViolation(constraint: String)
    /// Another transaction was in the way (40001, 40P01); running it again may help.
    case serialization
    /// The tenant context is missing or forged (28000), or a privilege or policy refuses (42501).
    case refused
    /// Anything else: a defect of the program, by SQLSTATE.
    case failed(sqlState: String)
}
