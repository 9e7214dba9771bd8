package import Kernel

extension RouteTable {
    /// Every route of the public port.
    package static func standard(
        gate: Gate, kernel: KernelServices, tenants: TenantRecords, configurations: TenantConfigurations
    ) -> RouteTable {
        RouteTable(
            SignInRoutes(gate: gate, kernel: kernel).routes
                + SecondFactorRoutes(gate: gate, kernel: kernel).routes
                + OwnAccountRoutes(gate: gate, kernel: kernel).routes
                + OwnFactorRoutes(gate: gate, kernel: kernel).routes
                + UserRoutes(gate: gate, kernel: kernel).routes
                + UserFactorRoutes(gate: gate, kernel: kernel).routes
                + RoleRoutes(gate: gate, kernel: kernel).routes
                + InvitationRoutes(gate: gate, kernel: kernel).routes
                + KeyRoutes(gate: gate, kernel: kernel).routes
                + KeyRotationRoutes(gate: gate, kernel: kernel).routes
                + KeyVerificationRoutes(gate: gate, kernel: kernel).routes
                + ForwardAuthRoutes(gate: gate).routes
                + AuditRoutes(gate: gate, kernel: kernel).routes
                + PageRoutes(gate: gate).routes
                + DiscoveryRoutes(gate: gate, kernel: kernel).routes
                + ConfigRoutes(gate: gate, kernel: kernel, tenants: tenants, configurations: configurations).routes
                + PlatformRoutes(gate: gate, kernel: kernel, tenants: tenants).routes)
    }
}
