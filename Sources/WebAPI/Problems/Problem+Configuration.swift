import Kernel
import PluginKit

extension Problem {
    /// What a client is told of a configuration that was not brought into force.
    ///
    /// - Parameters:
    ///   - document: the configuration that was sent.
    ///   - pointer: where it stands in the body.
    init(_ refusal: OnboardingRefusal, document: SettingsNode, at pointer: JSONPointer) {
        switch refusal {
        case .managedByFile: self.init(.managedByFile)
        case .slugKept: self.init(.tenantNotFound)
        case .exists: self.init(.slugTaken)
        case .changedMeanwhile: self.init(.preconditionFailed)
        case .refused(let refusal): self.init(refusal: refusal, passwordPointer: "")
        case .doesNotOpen(let why):
            self.init(.configRefused, detail: "The configuration is sound, but the tenant does not open by it: \(why)")
        case .configuration(let problems):
            self.init(
                .configRefused,
                errors: problems.map {
                    FieldProblem(
                        pointer: document.pointer(to: $0.key, below: pointer).text, code: "invalid_setting",
                        message: $0.message, fix: $0.fix)
                })
        }
    }
}
