package import Kernel

extension RouteTable {
    /// Every route of the public port.
    package static func standard(gate: Gate, kernel: KernelServices, platform: PlatformServices) -> RouteTable {
        RouteTable(
            SignInRoutes(gate: gate, kernel: kernel).routes
                + SecondFactorRoutes(gate: gate, kernel: kernel).routes
                + OwnAccountRoutes(gate: gate, kernel: kernel).routes
                + OwnFactorRoutes(gate: gate, kernel: kernel).routes
                + UserRoutes(gate: gate, kernel: kernel).routes
                + UserFactorRoutes(gate: gate, kernel: kernel).routes
                + RoleRoutes(gate: gate, kernel: kernel).routes
                + InvitationRoutes(gate: gate, kernel: kernel).routes
                + SignUpRoutes(gate: gate, kernel: kernel).routes
                + KeyRoutes(gate: gate, kernel: kernel).routes
                + KeyRotationRoutes(gate: gate, kernel: kernel).routes
                + KeyVerificationRoutes(gate: gate, kernel: kernel).routes
                + ForwardAuthRoutes(gate: gate).routes
                + AuditRoutes(gate: gate, kernel: kernel).routes
                + PageRoutes(gate: gate).routes
                + DiscoveryRoutes(gate: gate, kernel: kernel).routes
                + ConfigRoutes(
                    gate: gate, kernel: kernel, tenants: platform.records, configurations: platform.configurations
                ).routes
                + DoctorRoutes(gate: gate, checks: platform.checks).routes
                + PlatformRoutes(gate: gate, kernel: kernel, services: platform).routes
                + OffboardingRoutes(gate: gate, kernel: kernel, offboarding: platform.offboarding).routes
                + DomainRoutes(gate: gate, tenants: platform.records, domains: platform.domains).routes)
    }
}
