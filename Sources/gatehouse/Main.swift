import GatehouseProgram

/// Gatehouse as it comes. Whoever adds plugins of his own writes such a `main`; `Examples/Credentials` shows one.
@main
enum Main {
    static func main() async { await Program.main() }
}
