import Hummingbird
import Kernel
import PluginKit

/// Rotations of many keys of a tenant, for those who administer it.
struct KeyRotationRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [start, list, read, next, finish, cancel] }

    private static let collection = "/v1/tenants/{tenant}/api-key-rotations"
    private static let item = "/v1/tenants/{tenant}/api-key-rotations/{id}"

    private func making(_ permission: Permission) -> Access<Admitted> {
        gate.proven(.overOthers, gate.permission(permission), keysPass: true)
    }

    private var start: Route {
        Route(.post, Self.collection, access: making(.keysRotate), body: StartRotationBody.self) {
            request, admin, body in
            try await Repetition(request, by: admin, kernel: kernel).once {
                let rotations = try await kernel.keyRotations(of: admin.tenant)
                let outcome = try await rotations.start(
                    body.filter, overlapSeconds: body.overlapSeconds, by: admin.caller)
                return try JSONAnswer(KeyRotationView(try outcome.value()), status: .created)
            }
        }
    }

    private var list: Route {
        Route(.get, Self.collection, access: gate.permission(.keysRead), query: PageRequest.parameters) {
            request, admin in
            let macs = try await kernel.cursorMACs(of: admin.tenant)
            let paging = try Paging(request, tenant: admin.tenant.id.description, macs: macs)
            let rotations = try await kernel.keyRotations(of: admin.tenant).list(
                before: try paging.position(), limit: paging.fetchLimit)
            return try paging.answer(rotations, id: \.id) { KeyRotationView($0) }
        }
    }

    private var read: Route {
        Route(.get, Self.item, access: gate.permission(.keysRead)) { request, admin in
            let rotations = try await kernel.keyRotations(of: admin.tenant)
            let id: KeyRotationID = try request.identifier("id")
            guard let rotation = try await rotations.rotation(id) else { throw Problem(.notFound) }
            let skipped = try await rotations.skippedKeys(in: id)
            return try .json(
                KeyRotationView(rotation, skipped: skipped, inUse: try await rotations.oldSecretsInUse(in: id)))
        }
    }

    /// Rotates the next keys and hands out their new secrets, all or none.
    private var next: Route {
        Route(.post, Self.item + "/next", access: making(.keysRotate), body: AdvanceRotationBody.self) {
            request, admin, body in
            try await Repetition(request, by: admin, kernel: kernel).once { advanced in
                try JSONAnswer(AdvancedRotationView(advanced), status: .created)
            } doing: { answer in
                let rotations = try await kernel.keyRotations(of: admin.tenant)
                return try await rotations.advanceTogether(
                    try request.identifier("id"), limit: body.limit, by: admin.caller, keeping: answer
                ).value()
            }
        }
    }

    private var finish: Route {
        Route(.post, Self.item + "/finish", access: gate.permission(.keysRotate)) { request, admin in
            let rotations = try await kernel.keyRotations(of: admin.tenant)
            let rotation = try await rotations.finish(try request.identifier("id"), by: admin.caller).value()
            return try .json(KeyRotationView(rotation))
        }
    }

    private var cancel: Route {
        Route(.post, Self.item + "/cancel", access: gate.permission(.keysRotate)) { request, admin in
            let rotations = try await kernel.keyRotations(of: admin.tenant)
            let rotation = try await rotations.cancel(try request.identifier("id"), by: admin.caller).value()
            return try .json(KeyRotationView(rotation))
        }
    }
}
