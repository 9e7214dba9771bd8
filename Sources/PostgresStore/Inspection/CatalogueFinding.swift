/// Something in the database's catalogue that contradicts the rules of isolation. Whoever serves requests refuses to
/// start while there is any.
package struct CatalogueFinding: Sendable, Equatable, CustomStringConvertible {
    /// The rule's short name, as in ``CatalogueRule``.
    package let lint: String
    /// The table, function, role or other object.
    package let object: String
    /// What is wrong with it.
    package let message: String
    /// What mends it.
    package let remedy: String

    package var description: String { "\(lint): \(object) \(message); \(remedy)" }
}
