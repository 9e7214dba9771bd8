import ArgumentParser

/// The flags that name process settings. An absent flag falls back to its environment variable, then to the default.
struct ProcessOptions: ParsableArguments {
    @Option(help: "Where tenant files are: a folder of *.yaml. (default: tenants)")
    var tenants: String?

    @Option(help: "Where this process keeps its own files: keys, the private database. (default: .gatehouse)")
    var data: String?

    @Option(help: "The database as the application role, as libpq takes it. Absent: a private cluster under --data.")
    var databaseURL: String?

    @Option(help: "The same database as the role gatehouse_platform.")
    var platformDatabaseURL: String?

    @Option(help: "The same database as the role gatehouse_maintenance.")
    var maintenanceDatabaseURL: String?

    @Option(help: "The same database as the role gatehouse_migrator, for `migrate` and `keyring rotate context`.")
    var migrationDatabaseURL: String?

    @Option(help: "Where the process's own keys are: file:FOLDER, env: or vault:FILE. (default: file:<data>/keys)")
    var secrets: String?

    @Option(help: "The address that clients use; issuers and links begin with it. (default: http://<listen>)")
    var publicURL: String?

    @Option(help: "The configuration of tenants that are made without one: a tenant file without `tenant` and `name`.")
    var tenantTemplate: String?

    @Option(help: "Folders within which documents over the API may name files, with commas between. (default: none)")
    var tenantFiles: String?

    @Option(
        help: "Vaults that documents over the API may name, as host or host:port with commas between. (default: any)")
    var tenantHosts: String?

    @Option(help: "A name server, IPv4 address:port, that proves domains. (default: those of /etc/resolv.conf)")
    var dnsServer: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Flag(
        help: "For development: readable logs, and missing process keys are made. Relaxes nothing that protects data.")
    var dev = false

    @Flag(help: "Print JSON.")
    var json = false
}

/// The flags that only `serve` has.
struct ServeOptions: ParsableArguments {
    @Option(help: "Where to listen for clients, host:port; port 0 picks a free one. (default: 127.0.0.1:8080)")
    var listen: String?

    @Option(help: "Where to answer /healthz, /readyz and /metrics. (default: 127.0.0.1:9090)")
    var operationsListen: String?

    @Option(help: "Networks of proxies whose X-Forwarded-For is believed, as CIDR, with commas between.")
    var trustedProxies: String?

    @Option(help: "A PEM file with the certificate chain; TLS is on when this and --tls-key are given.")
    var tlsCertificate: String?

    @Option(help: "A PEM file with the private key.")
    var tlsKey: String?

    @Option(help: "How many API keys to remember as good, about 1.5 KB each; 0 looks each up anew. (default: 50000)")
    var keyCache: String?

    @Option(
        help: """
            How many API keys that are none each network of strangers may present a minute to this server; 0 counts \
            none. (default: 6000)
            """)
    var keyMisses: String?
}
