import DatabaseTesting
import PluginKit
import Testing

@testable import Kernel

@Suite("Roles")
struct RolesTests {
    @Test("each built-in role allows all that the next one does and more")
    func ladder() {
        for (higher, lower) in zip(BuiltInRole.allCases, BuiltInRole.allCases.dropFirst()) {
            #expect(lower.permissions.isStrictSubset(of: higher.permissions))
        }
        #expect(BuiltInRole.owner.permissions == Set(Permission.allCases))
    }

    @Test("the built-in ones stand first, and cannot be changed or made anew", arguments: BuiltInRole.allCases)
    func builtIn(_ role: BuiltInRole) async throws {
        let tenant = try await TestTenant.make()
        for expected in [nil, 0] {
            let written = try await tenant.roles.write(
                role.rawValue, permissions: [], expected: expected, by: .hostOperator(.test()))
            #expect(written.refusal == .forbidden)
        }
        #expect(try await tenant.roles.role(role.rawValue) == Role(role))
        #expect(Role.problem(withName: role.rawValue) != nil)
    }

    @Test("a change replaces exactly the version that was seen")
    func versions() async throws {
        let tenant = try await TestTenant.make()
        let first = try await tenant.write("support", [.usersRead], expected: nil).get()
        #expect(try await tenant.write("support", [], expected: nil).refusal == .versionConflict)
        let second = try await tenant.write("support", [.usersRead, .rolesRead], expected: first.version).get()
        #expect(second.version > first.version)
        #expect(try await tenant.write("support", [], expected: first.version).refusal == .versionConflict)
        #expect(try await tenant.write("unknown", [], expected: 1).refusal == .versionConflict)
        #expect(try await tenant.roles.list().last == second)
        #expect(try await tenant.roles.list().count == 6)
    }

    @Test("of many changes of one version at once, one is made")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        let made = try await inParallel(6) { _ in try await tenant.write("support", [.usersRead], expected: nil).refusal
        }
        #expect(made.count { $0 == nil } == 1)
        let version = try await tenant.roles.role("support")?.version
        let changed = try await inParallel(6) { _ in try await tenant.write("support", [], expected: version).refusal }
        #expect(changed.count { $0 == nil } == 1)
        #expect((made + changed).count { $0 == .versionConflict } == 10)
    }

    @Test("a role that does not exist is granted to nobody, and another tenant's does not exist")
    func unknown() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        _ = try await other.write("support", [.usersRead], expected: nil).get()
        let person = try await tenant.person(roles: ["viewer"])
        let refusal = try await tenant.people.setRoles(
            ["viewer", "support"], of: person.id, by: .hostOperator(.test())
        ).refusal
        #expect(refusal == .unknownRole("support"))
        #expect(try await tenant.people.user(person.id)?.roles == ["viewer"])
        #expect(try await tenant.roles.role("support") == nil)
    }

    @Test("what a role allows counts for its people from the next request on")
    func immediate() async throws {
        let tenant = try await TestTenant.make()
        let role = try await tenant.write("support", [.usersRead], expected: nil).get()
        let person = try await tenant.signedIn(roles: ["support"])
        #expect(try await tenant.caller(person).permissions == [.usersRead])
        _ = try await tenant.write("support", [.rolesRead], expected: role.version).get()
        #expect(try await tenant.caller(person).permissions == [.rolesRead])
    }

    @Test(
        "a name is 2 to 40 of a-z, 0-9 and _, beginning with a letter",
        arguments: [
            ("ab", true), ("a1_b", true), (String(repeating: "a", count: 40), true), ("a", false), ("1a", false),
            ("_a", false),
            ("Ab", false), ("a b", false), ("a-b", false), ("aé", false), ("", false),
            (String(repeating: "a", count: 41), false),
        ])
    func names(_ name: String, _ isAllowed: Bool) {
        #expect((Role.problem(withName: name) == nil) == isAllowed)
    }
}

extension TestTenant {
    fileprivate func write(
        _ name: String, _ permissions: Set<Permission>, expected: Int?
    ) async throws -> Outcome<Role> {
        try await roles.write(name, permissions: permissions, expected: expected, by: .hostOperator(.test()))
    }
}
