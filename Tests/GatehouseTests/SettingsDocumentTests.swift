import Foundation
import Kernel
import Testing

@testable import GatehouseProgram

@Suite("Documents of the standard plugins") struct SettingsDocumentTests {
    @Test("docs/settings.md is what the settings declare; set GATEHOUSE_UPDATE_DOCS=1 to write it")
    func reference() throws {
        let file = Self.root.appending(path: "docs/settings.md")
        let text = Self.introduction + SettingsReference(fields: TenantPlan.fields(of: .standard)).markdown()
        if ProcessInfo.processInfo.environment["GATEHOUSE_UPDATE_DOCS"] == "1" { try Data(text.utf8).write(to: file) }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test("the example tenants are sound for the standard plugins, and differ in policy")
    func examples() throws {
        let reading = TenantDirectory(path: Self.root.appending(path: "tenants").path, catalog: .standard).read()
        #expect(reading.problems.isEmpty, "\(reading.problems)")
        #expect(reading.plans.count == 2)
        #expect(reading.plans.first?.policy != reading.plans.last?.policy)
    }

    private static let introduction = """
        # Settings of a tenant

        Every key of a tenant file, from the declarations that the program reads by. Durations are a number and a unit
        (`s`, `m`, `h`, `d`). `gatehouse check --schema` prints the same as a JSON Schema.


        """

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}
