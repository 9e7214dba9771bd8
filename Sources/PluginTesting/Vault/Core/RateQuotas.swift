import Foundation

/// Limits on how many requests a mount takes in a stretch of time.
struct RateQuotas {
    private struct Quota {
        let path: String
        let rate: Int
        let intervalSeconds: Int
        var windowStart: Date
        var used = 0

        mutating func admit(at now: Date) -> Bool {
            if now.timeIntervalSince(windowStart) >= TimeInterval(intervalSeconds) {
                windowStart = now
                used = 0
            }
            used += 1
            return used <= rate
        }

        func headers(at now: Date) -> [(name: String, value: String)] {
            // Whole seconds after the one that has begun.
            let left = (TimeInterval(intervalSeconds) - now.timeIntervalSince(windowStart)).rounded(.up) - 1
            return [
                ("X-Ratelimit-Limit", "\(rate)"), ("X-Ratelimit-Remaining", "\(max(0, rate - used))"),
                ("X-Ratelimit-Reset", "\(max(0, Int(left)))"),
            ]
        }
    }

    /// What a limit means for a request.
    struct Verdict {
        var admits = true
        var headers: [(name: String, value: String)] = []
    }

    private var quotas: [String: Quota] = [:]
    private var showsHeaders = false

    mutating func answer(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        if request.path == "sys/quotas/config" {
            guard request.operation.isWrite else { throw .unsupportedOperation }
            showsHeaders = request.bool("enable_rate_limit_response_headers") ?? showsHeaders
            return .done
        }
        let prefix = "sys/quotas/rate-limit/"
        guard request.path.hasPrefix(prefix) else { throw .unsupportedPath }
        return try answer(request, named: String(request.path.dropFirst(prefix.utf8.count)))
    }

    private mutating func answer(_ request: VaultRequest, named name: String) throws(VaultRefusal) -> VaultAnswer {
        switch request.operation {
        case .create, .update:
            guard let rate = request.integer("rate"), rate > 0 else { throw .invalid("'rate' is invalid") }
            quotas[name] = Quota(
                path: request.text("path") ?? "", rate: rate, intervalSeconds: request.seconds("interval") ?? 1,
                windowStart: .distantPast)
            return .done
        case .delete:
            quotas[name] = nil
            return .done
        default: throw .unsupportedOperation
        }
    }

    mutating func judge(_ path: String, at now: Date) -> Verdict {
        guard !path.hasPrefix("sys/") else { return Verdict() }
        let name = quotas.filter { $0.value.path.isEmpty || path.hasPrefix($0.value.path) }
            .max { $0.value.path.utf8.count < $1.value.path.utf8.count }?.key
        guard let name, var quota = quotas[name] else { return Verdict() }
        let admits = quota.admit(at: now)
        quotas[name] = quota
        let retry = admits || !showsHeaders ? [] : [(name: "Retry-After", value: quota.headers(at: now)[2].value)]
        return Verdict(admits: admits, headers: showsHeaders ? quota.headers(at: now) + retry : [])
    }
}
