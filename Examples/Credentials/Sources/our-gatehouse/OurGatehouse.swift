import GatehouseProgram
import SystemdCredentials

/// Gatehouse with everything that it brings, and one plugin more.
@main
enum OurGatehouse {
    static func main() async {
        var plugins = PluginList.standard
        plugins.add(secrets: SystemdCredentials.self)
        await Program.main(plugins)
    }
}
