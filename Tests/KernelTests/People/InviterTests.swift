import DatabaseTesting
import Testing

@testable import Kernel

@Suite("Those who invite")
struct InviterTests {
    @Test("an invitation is worth nothing once its maker could not make it any more", arguments: InviterFate.allCases)
    func inviter(_ fate: InviterFate) async throws {
        let tenant = try await TestTenant.make()
        let inviter = try await tenant.signedIn(roles: ["admin"])
        let token = try await tenant.invite(roles: ["manager"], by: try await tenant.caller(inviter)).token
        try await fate.bringAbout(for: inviter, in: tenant)
        #expect(try await tenant.accept(token).refusal == (fate.leavesInvitations ? nil : .invitationInvalid))
    }
}

/// What becomes of somebody after he has invited a manager.
enum InviterFate: CaseIterable {
    case nothing, suspended, deleted, belowTheRole, withoutTheRight, resumed

    var leavesInvitations: Bool { self == .nothing || self == .resumed }

    func bringAbout(for inviter: TestPerson, in tenant: TestTenant) async throws {
        let people = try await tenant.people
        let administrator = Caller.hostOperator(.test())
        switch self {
        case .nothing: break
        case .suspended: _ = try await people.suspend(inviter.id, by: administrator).get()
        case .deleted: try await people.delete(inviter.id, by: administrator).get()
        case .belowTheRole:
            _ = try await tenant.roles.write(
                "host", permissions: [.invitationsCreate], expected: nil, by: administrator
            ).get()
            _ = try await people.setRoles(["host"], of: inviter.id, by: administrator).get()
        case .withoutTheRight:
            let rest = BuiltInRole.manager.permissions.subtracting([.invitationsCreate])
            _ = try await tenant.roles.write("quiet", permissions: rest, expected: nil, by: administrator).get()
            _ = try await people.setRoles(["quiet"], of: inviter.id, by: administrator).get()
        case .resumed:
            _ = try await people.suspend(inviter.id, by: administrator).get()
            _ = try await people.resume(inviter.id, by: administrator).get()
        }
    }
}
