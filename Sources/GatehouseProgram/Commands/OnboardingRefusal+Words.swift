import Kernel
import PluginKit

extension OnboardingRefusal {
    /// Why nothing was done, and what to do, for people.
    ///
    /// - Parameter source: what the configuration was read from.
    func words(source: String = "the configuration") -> String {
        switch self {
        case .managedByFile: "the tenant is described by a file; change the file and send the servers SIGHUP"
        case .slugKept: "the slug belongs to a tenant that was deleted; it is free again when its quarantine is over"
        case .exists: "there is such a tenant already"
        case .configuration(let problems):
            problems.map { TenantFileProblem($0, in: source).description }.joined(separator: "\n")
        case .doesNotOpen(let why): "the tenant does not open by \(source), so nothing was changed: \(why)"
        case .changedMeanwhile: "somebody else changed the tenant meanwhile; look at it again"
        case .refused(.loginTaken):
            "the login belongs to somebody of the tenant already, who is no owner; choose another"
        case .refused(.lifetimeTooLong(let seconds)):
            "the tenant lets no key last longer than \(DurationText.write(.seconds(seconds)))"
        case .refused(let refusal): "refused: \(refusal.code)"
        }
    }
}
