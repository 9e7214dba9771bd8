import Foundation
import Testing

/// Holds the packages under `Examples` against what ours offers.
@Suite("Examples")
struct ExampleTreeTests {
    private let tree = SourceTree.current
    private let ours = SourceTree.current.files.first { $0.path == "Package.swift" }?.text ?? ""

    private var manifests: [SourceFile] {
        tree.files.filter { $0.path.hasPrefix("Examples/") && $0.components.last == "Package.swift" }
    }

    @Test("an example names products that exist")
    func products() {
        #expect(!manifests.isEmpty)
        for manifest in manifests {
            let named = manifest.text.matches(of: /\.product\(name: "(\w+)", package: "gatehouse"\)/).map { $0.1 }
            #expect(!named.isEmpty, "\(manifest.path)")
            for name in named {
                let product = #".library(name: "\#(name)", targets: ["\#(name)"])"#
                #expect(ours.contains(product), "\(manifest.path) names \(name)")
            }
        }
    }

    @Test("every target of an example is built with ours, and sees no more than what is public")
    func targets() {
        for manifest in manifests {
            let folder = manifest.components.dropLast().joined(separator: "/")
            let names = manifest.text.matches(of: /arget\(\s*name: "([\w-]+)"/).map { String($0.1) }
            #expect(!names.isEmpty, "\(manifest.path)")
            for name in names {
                let part = name.hasSuffix("Tests") ? "Tests" : "Sources"
                let line = #"path: "\#(folder)/\#(part)/\#(name)", packageAccess: false"#
                #expect(ours.contains(line), "Package.swift has no target with \(line)")
            }
        }
    }
}
