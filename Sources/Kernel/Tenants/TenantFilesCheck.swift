package import PluginKit

/// Whether the tenant files are sound: literal secrets, unknown keys and all else that a reading refuses.
package struct TenantFilesCheck: DoctorCheck {
    package let subject = "tenant files"
    private let directory: TenantDirectory

    package init(directory: TenantDirectory) {
        self.directory = directory
    }

    package func findings() async -> [DoctorFinding] {
        let reading = directory.read()
        let problems = reading.problems.map {
            DoctorFinding(subject, .critical, "\($0)", remedy: "edit the file; `gatehouse check` reads it again")
        }
        let good = DoctorFinding(subject, .good, "\(reading.plans.count) are sound and hold no literal secret")
        return problems.isEmpty ? [good] : problems
    }
}
