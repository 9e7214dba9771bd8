import Foundation
import Testing

@testable import Kernel

@Suite("The folder of tenant files")
struct TenantDirectoryTests {
    private let fixture: TenantFixture

    init() throws {
        fixture = try TenantFixture()
    }

    @Test("every file with either ending is a tenant, in the order of names")
    func endings() throws {
        try fixture.writeTenant("globex")
        try fixture.write("acme.yml", "{tenant: acme, name: Acme, sign_in: {password: {}}}")
        let reading = fixture.directory.read()
        #expect(reading.problems.isEmpty)
        #expect(reading.plans.map(\.slug.text) == ["acme", "globex"])
        #expect(reading.plans.first?.source == fixture.folder.path + "/acme.yml")
    }

    @Test("other names, dot files and folders inside are left alone")
    func ignored() throws {
        for name in ["README.md", ".hidden.yaml", "acme.yaml~", "acme.json", ".yaml"] { try fixture.write(name, "?") }
        try FileManager.default.createDirectory(
            at: fixture.folder.appendingPathComponent("more"), withIntermediateDirectories: false)
        #expect(fixture.problems().isEmpty)
        #expect(fixture.directory.read().plans.isEmpty)
    }

    @Test("an empty folder is no problem, a missing one is")
    func missing() throws {
        #expect(fixture.problems().isEmpty)
        let reading = TenantDirectory(path: "/nowhere/tenants/", catalog: testCatalog()).read()
        #expect(
            reading.problems.map(\.description) == [
                "/nowhere/tenants: is no folder that can be read; create it, or name another one with --tenants"
            ])
    }

    @Test("all problems of all files are reported, and the sound files are read all the same")
    func allFiles() throws {
        try fixture.write("bravo.yaml", "tenant: bravo\nname: B\nsign_in: {}\nextra: 1\n")
        try fixture.writeTenant("acme", minimumLength: 6)
        try fixture.writeTenant("charlie")
        #expect(
            fixture.problems() == [
                "acme.yaml:3: sign_in.password.minimum_length: must be at least 8, is 6; write 8 or more",
                "bravo.yaml:3: sign_in: names no way to sign in; add `password: {}` to the section `sign_in`",
                "bravo.yaml:4: extra: is not a key here; remove it, or use one of: audience, cors, domains, first_owner, "
                    + "name, policy, secrets, sign_in, sign_up, tenant",
            ])
        #expect(fixture.directory.read().plans.map(\.slug.text) == ["charlie"])
    }

    @Test("a domain that two files declare is a problem of both, each with its line")
    func domains() throws {
        let head = "sign_in: { password: {} }\nname: A\n"
        try fixture.write("acme.yaml", head + "tenant: acme\ndomains:\n  - own.example\n  - auth.example\n")
        try fixture.write("globex.yaml", head + "domains: [auth.example]\ntenant: globex\n")
        try fixture.write("initech.yaml", head + "domains: [auth.initech.example]\ntenant: initech\n")
        let folder = fixture.folder.path
        #expect(
            fixture.problems().map { $0.replacing(folder + "/", with: "") } == [
                "acme.yaml:6: domains: `auth.example` is also declared in globex.yaml; keep it in one of the two files",
                "globex.yaml:3: domains: `auth.example` is also declared in acme.yaml; keep it in one of the two files",
            ])
    }

    @Test("two files for one tenant are a problem")
    func duplicates() throws {
        try fixture.writeTenant("acme")
        try fixture.write("acme.yml", "tenant: acme\n")
        #expect(
            fixture.problems() == [
                "acme.yml: describes the tenant of acme.yaml a second time; keep one of the two files"
            ])
    }

    @Test("a link to a file is followed; a link to nothing, a folder and a pipe are problems and hold nobody up")
    func specialFiles() throws {
        let target = FileManager.default.temporaryDirectory.appendingPathComponent(
            "\(fixture.folder.lastPathComponent).txt")
        try Data("{tenant: acme, name: Acme, sign_in: {password: {}}}".utf8).write(to: target)
        defer { try? FileManager.default.removeItem(at: target) }
        try link("acme.yaml", to: target.path)
        try link("broken.yaml", to: "/nowhere/at-all")
        try FileManager.default.createDirectory(
            at: fixture.folder.appendingPathComponent("folder.yaml"), withIntermediateDirectories: false)
        #expect(mkfifo(fixture.folder.appendingPathComponent("pipe.yaml").path, 0o600) == 0)
        #expect(fixture.directory.read().plans.map(\.slug.text) == ["acme"])
        #expect(
            fixture.problems()
                == ["broken", "folder", "pipe"].map {
                    "\($0).yaml:1: is no regular file; replace it with a file"
                })
    }

    @Test("a problem as JSON holds its parts by name, without a line where there is none")
    func encoding() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let problem = TenantFileProblem(file: "a.yaml", line: 3, key: "b", message: "is wrong", fix: "mend it")
        #expect(
            String(decoding: try encoder.encode(problem), as: UTF8.self)
                == #"{"file":"a.yaml","fix":"mend it","key":"b","line":3,"message":"is wrong"}"#)
        let whole = TenantFileProblem(file: "a.yaml", message: "is wrong", fix: "mend it")
        #expect(
            String(decoding: try encoder.encode(whole), as: UTF8.self)
                == #"{"file":"a.yaml","fix":"mend it","key":"","message":"is wrong"}"#)
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: fixture.folder.appendingPathComponent(name).path, withDestinationPath: target)
    }
}
