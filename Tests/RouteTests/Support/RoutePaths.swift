import HTTPTypes
import Kernel
import WebAPI

extension Route {
    /// Whether the route belongs to one tenant, whose existence is the first thing to be looked at. What operators do to a
    /// tenant is theirs: nobody else learns whether it is there.
    var isOfTenant: Bool {
        access != .operatorKey && (path.hasPrefix("/t/{tenant}/") || path.hasPrefix("/v1/tenants/{tenant}/"))
    }

    /// The names of what varies in the path beside the tenant.
    var parameters: [String] {
        let places = path.split(separator: "/").filter { $0.hasPrefix("{") && $0 != "{tenant}" }
        return places.map { String($0.dropFirst().dropLast()) }
    }

    /// The path with `tenant` in its place, and one word for everything else that varies.
    func path(tenant: String, filling word: String = "some-thing") -> String {
        let words = path.split(separator: "/").map { part in
            part == "{tenant}" ? tenant : part.hasPrefix("{") ? word : String(part)
        }
        return "/" + words.joined(separator: "/")
    }

    var title: String { "\(method) \(path)" }
}

extension AccessRequirement {
    /// What somebody of the tenant needs to be allowed; `nil` where there is no such thing.
    var permission: Permission? {
        switch self {
        case .permission(let permission), .operatorOr(let permission): permission
        case .anyone, .person, .holder, .operatorKey: nil
        }
    }
}
