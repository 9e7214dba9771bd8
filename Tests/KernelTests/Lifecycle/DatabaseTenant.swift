import DatabaseTesting
import PluginKit

@testable import Kernel

/// A tenant whose configuration stands in the database, on a node that serves it.
struct DatabaseTenant {
    let node: TestNode
    /// With the tenant as it was made.
    let acme: TestTenant

    static let configuration = "sign_in: {password: {}, totp: {}}\npolicy: {second_factor: {required_for: []}}\n"

    static func make(_ configuration: String = configuration) async throws -> DatabaseTenant {
        let base = try await TestTenant.make(offersFactors: true)
        let node = try await TestNode.make(services: base.services, clock: base.clock)
        return DatabaseTenant(node: node, acme: base.opened(as: try await node.makeTenant(configuration)))
    }

    var record: TenantRecord { get async throws { try await node.record(of: acme.tenant) } }

    /// A change to another configuration, decided on the tenant as it is now.
    func change(_ configuration: String) async throws -> ConfigurationChange {
        ConfigurationChange(
            record: try await record, document: try SettingsParser.parse(Array(configuration.utf8)))
    }

    @discardableResult
    func bringInForce(_ change: ConfigurationChange) async throws -> TenantConfigurations.InForce {
        try await node.configurations.bringInForce(change, by: .host(.test()))
    }

    func preview(_ configuration: String) async throws -> ConfigurationPlan {
        try await node.configurations.preview(try await change(configuration))
    }

    /// The audience that the tenant has in the eyes of a node.
    func audience(at node: TestNode) async throws -> String? {
        try await node.registry.tenant(id: acme.id)?.audience
    }
}
