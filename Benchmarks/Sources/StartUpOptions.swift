import ArgumentParser

/// What a server is started with whose start is measured.
struct StartUpOptions: ParsableArguments {
    @Option(help: "The program `gatehouse`.")
    var gatehouse: String

    @Option(help: "The program `vault-double`.")
    var vaultDouble: String

    @Option(help: "The folder with the keys of the server that is measured.")
    var keys: String

    @Option(help: "The database as gatehouse_platform.")
    var platformDatabaseURL: String

    @Option(help: "The database as gatehouse_maintenance.")
    var maintenanceDatabaseURL: String
}
