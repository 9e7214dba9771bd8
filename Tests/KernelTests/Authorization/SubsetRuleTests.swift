import DatabaseTesting
import PluginKit
import Testing

@testable import Kernel

@Suite("Nobody gives, takes or touches more than he has")
struct SubsetRuleTests {
    @Test("a role is granted by those who may do all that it allows, and by nobody else")
    func granting() async throws {
        let tenant = try await TestTenant.make()
        for granter in BuiltInRole.allCases {
            for granted in BuiltInRole.allCases {
                let person = try await tenant.person()
                let refusal = try await tenant.people.setRoles([granted.rawValue], of: person.id, by: caller(granter))
                    .refusal
                let isAllowed = granted.permissions.isSubset(of: granter.permissions)
                #expect(refusal == (isAllowed ? nil : .forbidden), "\(granter) grants \(granted)")
            }
        }
    }

    @Test("somebody above is not touched", arguments: PeopleChange.allCases)
    func touching(_ change: PeopleChange) async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.person(roles: ["owner"])
        let owner = try await tenant.person(roles: ["owner"])
        #expect(try await change.apply(to: owner.id, in: tenant, by: caller(.admin)) == .forbidden)
        #expect(try await change.apply(to: owner.id, in: tenant, by: caller(.owner)) == nil)
    }

    @Test("nobody makes or invites somebody above himself")
    func newcomers() async throws {
        let tenant = try await TestTenant.make()
        let login = "new@example.com".asLogin()
        let manager = caller(.manager)
        #expect(
            try await tenant.people.create(NewUser(login: login, roles: ["admin"]), by: manager).refusal == .forbidden)
        let invited = try await tenant.invitations.create(login: login, displayName: nil, roles: ["admin"], by: manager)
        #expect(invited.refusal == .forbidden)
        let made = try await tenant.invitations.createPerson(
            login: login, displayName: nil, roles: ["owner"], by: manager)
        #expect(made.refusal == .forbidden)
        #expect(try await tenant.people.list(after: nil, limit: 50).isEmpty)
        #expect(try await tenant.invitations.list(after: nil, limit: 50).isEmpty)
        let member = try await tenant.invitations.create(login: login, displayName: nil, roles: ["member"], by: manager)
        #expect(member.refusal == nil)
    }

    @Test("an invitation for somebody above cannot be revoked from below")
    func revoking() async throws {
        let tenant = try await TestTenant.make()
        let invitation = try await tenant.invitations.create(
            login: "new@example.com".asLogin(), displayName: nil, roles: ["admin"], by: caller(.admin)
        ).get().invitation
        #expect(try await tenant.invitations.revoke(invitation.id, by: caller(.manager)).refusal == .forbidden)
        #expect(try await tenant.invitations.revoke(invitation.id, by: caller(.admin)).refusal == nil)
    }

    @Test("a role of the tenant's own is made, widened and narrowed only by those who may do all of it")
    func ownRoles() async throws {
        let tenant = try await TestTenant.make()
        let (admin, manager) = (caller(.admin), caller(.manager))
        let wide: Set<Permission> = [.usersRead, .auditRead]
        #expect(
            try await tenant.roles.write("auditor", permissions: wide, expected: nil, by: manager).refusal == .forbidden
        )
        let made = try await tenant.roles.write("auditor", permissions: [.usersRead], expected: nil, by: manager).get()
        #expect(
            try await tenant.roles.write("auditor", permissions: wide, expected: made.version, by: manager).refusal
                == .forbidden)
        let widened = try await tenant.roles.write("auditor", permissions: wide, expected: made.version, by: admin)
            .get()
        let narrow = try await tenant.roles.write(
            "auditor", permissions: [.usersRead], expected: widened.version, by: manager)
        #expect(narrow.refusal == .forbidden)
        #expect(try await tenant.roles.role("auditor")?.permissions == wide)
    }

    @Test("what somebody is by his own roles counts as much as the built-in ones")
    func combined() async throws {
        let tenant = try await TestTenant.make()
        let wide: Set<Permission> = [.auditRead, .usersRead]
        _ = try await tenant.roles.write("auditor", permissions: wide, expected: nil, by: caller(.admin)).get()
        let auditor = try await tenant.person(roles: ["viewer", "auditor"])
        #expect(try await tenant.people.suspend(auditor.id, by: caller(.manager)).refusal == .forbidden)
        let person = try await tenant.person()
        #expect(
            try await tenant.people.setRoles(["auditor"], of: person.id, by: caller(.manager)).refusal == .forbidden)
        let signedIn = try await tenant.signedIn(roles: ["viewer", "auditor"])
        #expect(try await tenant.caller(signedIn).permissions == wide.union([.productRead]))
    }

    /// Somebody who has exactly one built-in role.
    private func caller(_ role: BuiltInRole) -> Caller {
        Caller(actor: .system, permissions: role.permissions, origin: .test())
    }
}
