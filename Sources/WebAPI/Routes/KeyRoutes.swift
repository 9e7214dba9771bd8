import Hummingbird
import Kernel
import PluginKit

/// The API keys of a tenant, for those who administer it.
struct KeyRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] {
        [create, list, read, update, delete, callers, revoke, rotate, finish, cancel]
    }

    private static let collection = "/v1/tenants/{tenant}/api-keys"
    private static let item = "/v1/tenants/{tenant}/api-keys/{id}"

    /// A key lasts longer than any session, so whoever makes or rotates one has proved himself lately.
    private func making(_ permission: Permission) -> Access<Admitted> {
        gate.proven(.overOthers, gate.permission(permission), keysPass: true)
    }

    private var create: Route {
        Route(.post, Self.collection, access: making(.keysCreate), body: CreateKeyBody.self) { request, admin, body in
            let now = kernel.now()
            return try await Repetition(request, by: admin, kernel: kernel).once { issued in
                try JSONAnswer(NewKeyView(issued, of: admin.tenant, at: now), status: .created)
            } doing: { answer in
                let keys = try await kernel.apiKeys(of: admin.tenant)
                return try await keys.create(body.key, by: admin.caller, keeping: answer).value()
            }
        }
    }

    private var list: Route {
        Route(
            .get, Self.collection, access: gate.permission(.keysRead),
            query: PageRequest.parameters.union(KeyListFilter.parameters)
        ) { request, admin in
            let macs = try await kernel.cursorMACs(of: admin.tenant)
            let paging = try Paging(request, tenant: admin.tenant.id.description, macs: macs)
            let keys = try await kernel.apiKeys(of: admin.tenant).list(
                try KeyListFilter(request.query), after: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(keys, id: \.id) { KeyView($0, of: admin.tenant, at: kernel.now()) }
        }
    }

    private var read: Route {
        Route(.get, Self.item, access: gate.permission(.keysRead)) { request, admin in
            guard let key = try await kernel.apiKeys(of: admin.tenant).key(try request.identifier("id")) else {
                throw Problem(.notFound)
            }
            return try .json(KeyView(key, of: admin.tenant, at: kernel.now()))
        }
    }

    private var callers: Route {
        Route(.get, Self.item + "/callers", access: gate.permission(.keysRead)) { request, admin in
            let keys = try await kernel.apiKeys(of: admin.tenant)
            guard let key = try await keys.key(try request.identifier("id")) else { throw Problem(.notFound) }
            let callers = try await keys.callers(of: key, limit: 200)
            return try .json(Page(data: callers.map(KeyCallerView.init), nextCursor: nil))
        }
    }

    private var update: Route {
        Route(.patch, Self.item, access: making(.keysUpdate), body: UpdateKeyBody.self) { request, admin, body in
            let keys = try await kernel.apiKeys(of: admin.tenant)
            let key = try await keys.update(try request.identifier("id"), to: body.changes, by: admin.caller).value()
            return try .json(KeyView(key, of: admin.tenant, at: kernel.now()))
        }
    }

    private var delete: Route {
        Route(.delete, Self.item, access: gate.permission(.keysRevoke)) { request, admin in
            let keys = try await kernel.apiKeys(of: admin.tenant)
            try await keys.delete(try request.identifier("id"), by: admin.caller).value()
            return .noContent
        }
    }

    private var revoke: Route {
        Route(.post, Self.item + "/revoke", access: gate.permission(.keysRevoke), body: RevokeKeyBody.self) {
            request, admin, body in
            let keys = try await kernel.apiKeys(of: admin.tenant)
            let outcome = try await keys.revoke(
                try request.identifier("id"), because: body.reason, by: admin.caller)
            return try .json(KeyView(try outcome.value(), of: admin.tenant, at: kernel.now()))
        }
    }

    private var rotate: Route {
        Route(.post, Self.item + "/rotate", access: making(.keysRotate), body: RotateKeyBody.self) {
            request, admin, body in
            try await Repetition(request, by: admin, kernel: kernel).once { rotated in
                try JSONAnswer(RotatedKeyView(rotated), status: .created)
            } doing: { answer in
                let keys = try await kernel.apiKeys(of: admin.tenant)
                return try await keys.rotate(
                    try request.identifier("id"), overlapSeconds: body.overlapSeconds, by: admin.caller, keeping: answer
                ).value()
            }
        }
    }

    private var finish: Route {
        Route(.post, Self.item + "/rotate/finish", access: gate.permission(.keysRotate)) { request, admin in
            let keys = try await kernel.apiKeys(of: admin.tenant)
            let key = try await keys.finishRotation(of: try request.identifier("id"), by: admin.caller).value()
            return try .json(KeyView(key, of: admin.tenant, at: kernel.now()))
        }
    }

    private var cancel: Route {
        Route(.post, Self.item + "/rotate/cancel", access: gate.permission(.keysRotate)) { request, admin in
            let keys = try await kernel.apiKeys(of: admin.tenant)
            let key = try await keys.cancelRotation(of: try request.identifier("id"), by: admin.caller).value()
            return try .json(KeyView(key, of: admin.tenant, at: kernel.now()))
        }
    }
}

extension KeyListFilter {
    /// The query parameters that narrow the list down.
    fileprivate static let parameters: Set<String> = ["state", "scope", "name", "older_than_seconds", "owner"]

    fileprivate init(_ query: Query) throws(Problem) {
        let keys = KeyFilter(
            olderThanSeconds: try query.integer("older_than_seconds", in: KeyLimits.ageSeconds),
            scope: try query.text("scope", bytes: KeyLimits.scopeBytes, check: .scope).flatMap(Permission.init),
            name: try query.text("name", bytes: KeyLimits.nameBytes, check: .displayName))
        self.init(keys, state: try query.choice("state"), owner: try query.identifier("owner"))
    }
}
