import Foundation
import Synchronization

/// What a double keeps and decides, beneath the connections: the server itself, its faults and its journal.
final class VaultService: Sendable {
    private let now: @Sendable () -> Date
    private let core: Mutex<VaultCore>
    private let faults = Mutex(FaultPlan())
    private let records = Mutex<[VaultRequestRecord]>([])
    private let underWay = Mutex(RequestsUnderWay())

    init(_ configuration: VaultDouble.Configuration) {
        now = configuration.now
        core = Mutex(VaultCore(configuration, at: configuration.now()))
    }

    func answer(_ request: HTTPRequest) -> HTTPDelivery {
        if request.path.hasPrefix("/double/") {
            return HTTPDelivery(.plain(DoubleControl(service: self).answer(request)))
        }
        records.withLock { $0.append(VaultRequestRecord(request)) }
        underWay.withLock { $0.begin() }
        var delivery = delivery(for: request)
        delivery.end = { [self] in underWay.withLock { $0.end() } }
        return delivery
    }

    private func delivery(for request: HTTPRequest) -> HTTPDelivery {
        let fault = faults.withLock { $0.take(for: request) }
        if let reply = fault?.reply { return HTTPDelivery(.plain(reply)) }
        let time = now()
        var reply = core.withLock { $0.reply(to: request, at: time) }
        reply.headers.append(("Date", GoText.headerTime(time)))
        return fault?.spoil(reply) ?? HTTPDelivery(.plain(reply))
    }

    func isReached(at address: String) {
        core.withLock { $0.address = address }
    }

    func enter(_ state: VaultState) {
        core.withLock { $0.enter(state) }
    }

    func inject(_ fault: VaultFault, times: Int?, path: String?) {
        faults.withLock { $0.add(fault, times: times, path: path) }
    }

    func clearFaults() {
        faults.withLock { $0 = FaultPlan() }
    }

    func accept(_ jwt: AcceptedJWT, mount: String) {
        core.withLock { $0.accept(jwt, mount: mount) }
    }

    var journal: [VaultRequestRecord] { records.withLock { $0 } }

    /// The most requests that were under way at the same time since the journal was cleared.
    var mostAtOnce: Int { underWay.withLock(\.most) }

    func clearJournal() {
        records.withLock { $0 = [] }
        underWay.withLock { $0.forget() }
    }
}
