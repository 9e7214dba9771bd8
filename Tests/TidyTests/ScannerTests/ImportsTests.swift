import Testing

@Suite("Imports and layers")
struct ImportsTests {
    private let layers = HouseRules.layers(plugins: ["TOTPFactor"])

    private func findings(_ path: String, _ text: String) -> [String] {
        layers.findings(in: SourceFile(path: path, text: text)).map(\.message)
    }

    @Test("imports are found whatever stands before and behind the module's name")
    func allForms() {
        let text = SwiftText(
            "import A\npublic import B\n@preconcurrency private import C\nimport struct D.E\n  import F\n// import G\nlet x = \"import H\""
        )
        #expect(imports(of: text).map(\.module) == ["A", "B", "C", "D", "F"])
        #expect(imports(of: text).map(\.line) == [1, 2, 3, 4, 5])
    }

    @Test("a plugin that imports the kernel is found")
    func pluginOfKernel() {
        #expect(findings("Plugins/TOTPFactor/Sources/A.swift", "import Kernel") == ["TOTPFactor may not import Kernel"])
        #expect(findings("Plugins/TOTPFactor/Sources/A.swift", "import CLibPQ") == ["TOTPFactor may not import CLibPQ"])
        #expect(
            findings("Plugins/TOTPFactor/Sources/A.swift", "import PluginKit\nimport COpenSSL\nimport Foundation") == []
        )
    }

    @Test("a kernel that imports a plugin or the store is found")
    func kernelOfPlugin() {
        #expect(findings("Sources/Kernel/A/B.swift", "import TOTPFactor") == ["Kernel may not import TOTPFactor"])
        #expect(findings("Sources/Kernel/A/B.swift", "package import PostgresStore").count == 1)
        #expect(findings("Sources/Kernel/A/B.swift", "package import PluginKit\nimport JWTKit") == [])
    }

    @Test("the root may import everything, a target without a row is found")
    func rootAndUnknown() {
        #expect(findings("Sources/GatehouseProgram/A.swift", "import Kernel\nimport TOTPFactor") == [])
        #expect(findings("Sources/Novelty/A.swift", "").count == 1)
    }
}
