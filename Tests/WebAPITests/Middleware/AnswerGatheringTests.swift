import Dispatch
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import WebAPI

@Suite struct AnswerGatheringTests {
    @Test("an answer waits until the requests that arrived with it have been worked on")
    func together() async throws {
        let log = Mutex<[String]>([])
        let note = { @Sendable (entry: String) in log.withLock { $0.append(entry) } }
        let responder = RouteTable(SampleAPI.routes).responder(middleware: [
            Notes { note("answered") }, AnswerGathering(), Notes { note("worked on") },
        ])
        let thread = OneThread()
        try await Application(responder: responder).test(.router) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask(executorPreference: thread) {
                        _ = try await client.execute(uri: "/v1/hello", method: .get)
                    }
                }
                thread.begin()
                try await group.waitForAll()
            }
        }
        #expect(log.withLock { $0 } == ["worked on", "worked on", "answered", "answered"])
    }
}

/// Notes that an answer has come by.
private struct Notes: RouterMiddleware {
    let note: @Sendable () -> Void

    func handle(_ request: Request, context: APIContext, next: APIContext.Next) async throws -> Response {
        let response = try await next(request, context)
        note()
        return response
    }
}

/// Runs tasks one at a time, in turn, from ``begin()`` on.
private final class OneThread: TaskExecutor {
    private let queue = DispatchQueue(label: "test")

    init() {
        queue.suspend()
    }

    func begin() { queue.resume() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
