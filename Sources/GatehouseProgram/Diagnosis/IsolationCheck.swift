import Kernel
import PluginKit

/// Whether a tenant can be left: by reading or writing rows of another, or by claiming to be one.
struct IsolationCheck: DoctorCheck {
    let stores: Stores
    let subject = "isolation of tenants"

    func findings() async -> [DoctorFinding] {
        do {
            let crossings = try await StartChecks(stores: stores).isolationCrossings()
            guard crossings.isEmpty else {
                return crossings.map {
                    DoctorFinding(subject, .critical, $0, remedy: "stop serving; run the migrations of this release")
                }
            }
            return [DoctorFinding(subject, .good, "no row of another tenant can be read, written or claimed")]
        } catch {
            return [
                DoctorFinding(
                    subject, .critical, "could not be tried: \(error)", remedy: "gatehouse isolation verify, once more")
            ]
        }
    }
}
