import Hummingbird
import Kernel
import PluginKit

/// Cuts a list into pages: one entry more than asked for tells whether there is a next page, and the cursor of the last
/// entry shown begins it.
struct Paging {
    let page: PageRequest
    private let seal: CursorSeal
    private let list: CursorList

    /// - Parameter tenant: the tenant's id as text; empty for a list of the platform.
    init(_ request: APIRequest, tenant: String, macs: [KeyedHash]) throws(Problem) {
        seal = CursorSeal(macs: macs)
        list = request.list(tenant: tenant)
        page = try PageRequest(request, of: list, seal: seal)
    }

    /// How many entries to ask the kernel for.
    var fetchLimit: Int { page.limit + 1 }

    /// The entry after which the page begins; `nil` for a first page.
    func position<Kind>(of kind: Kind.Type = Kind.self) throws(Problem) -> Identifier<Kind>? {
        guard let bytes = page.position else { return nil }
        guard let identifier = Identifier<Kind>(String(decoding: bytes, as: UTF8.self)) else {
            throw Problem(.cursorInvalid)
        }
        return identifier
    }

    /// The number of the entry behind which the page begins, in lists of what is numbered; `nil` for a first page.
    func number() throws(Problem) -> Int? {
        guard let bytes = page.position else { return nil }
        guard let number = Int(String(decoding: bytes, as: UTF8.self)) else { throw Problem(.cursorInvalid) }
        return number
    }

    /// The answer for `items`, of which there is one more than the page holds where a next page exists.
    func answer<Item, View: Encodable & Sendable, Kind>(
        _ items: [Item], id: (Item) -> Identifier<Kind>, view: (Item) -> View
    ) throws -> Response {
        try answer(items, mark: { id($0).description }, view: view)
    }

    /// The same, for what is numbered.
    func answer<Item, View: Encodable & Sendable>(
        _ items: [Item], number: (Item) -> Int, view: (Item) -> View
    ) throws -> Response {
        try answer(items, mark: { "\(number($0))" }, view: view)
    }

    private func answer<Item, View: Encodable & Sendable>(
        _ items: [Item], mark: (Item) -> String, view: (Item) -> View
    ) throws -> Response {
        let shown = items.prefix(page.limit)
        let next = items.count > page.limit ? shown.last.map { seal.seal(Array(mark($0).utf8), of: list) } : nil
        return try .json(Page(data: shown.map(view), nextCursor: next))
    }
}
