import PluginKit

/// A section of a document that maps names of providers to their settings, such as `sign_in`.
///
/// Take the providers of each role that may stand in the section, then call ``finish(into:)``.
struct ProviderSection {
    /// Whether nothing stands in the section.
    let isEmpty: Bool
    private let reader: SettingsReader
    /// Where each name stands among its neighbours.
    private let places: [String: Int]

    /// Reads what stands at `path`; nothing at all is an empty section.
    init(_ node: SettingsNode?, path: String, line: Int) {
        let node = node ?? SettingsNode(.null, line: line)
        let keys: [String]
        switch node.content {
        case .map(let entries): (keys, isEmpty) = (entries.map(\.key), entries.isEmpty)
        case .null: (keys, isEmpty) = ([], true)
        case .scalar, .list: (keys, isEmpty) = ([], false)
        }
        reader = SettingsReader(node, path: path)
        places = Dictionary(zip(keys, keys.indices), uniquingKeysWith: { first, _ in first })
    }

    /// The providers of one role that the section names, in the order of the document.
    func providers<Role>(from table: RoleTable<Role>) -> [PreparedProvider<Role>] {
        let found = table.entries.compactMap { entry -> PreparedProvider<Role>? in
            let name = entry.name.rawValue
            guard let node = reader.node(name, shape: .section(entry.fields), Self.meaning(of: entry.name)) else {
                return nil
            }
            let (provider, settings) = entry.read(node, "\(reader.path).\(name)")
            reader.absorb(settings)
            return provider
        }
        return found.sorted { places[$0.name.rawValue, default: 0] < places[$1.name.rawValue, default: 0] }
    }

    /// Reports names that no provider has, and hands everything that was found to the reader of the document.
    func finish(into document: SettingsReader) {
        reader.finish()
        document.absorb(reader)
    }

    /// What a section may hold whose providers are those of `table`.
    static func fields<Role>(of table: RoleTable<Role>) -> [SettingsField] {
        let section = ProviderSection(nil, path: "", line: 0)
        _ = section.providers(from: table)
        return section.reader.fields
    }

    private static func meaning(of name: ProviderName) -> String { "settings of the provider `\(name)`" }
}
