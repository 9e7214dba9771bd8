import Foundation

/// Folders of tenant files for the measurements of scale: the one tenant that is measured, and others that rest.
struct ScaleTenants {
    /// The file of the tenant that is measured.
    let measured: URL
    let folder: URL

    /// A folder with `count` tenants. That of fewer holds those that are first in that of more.
    func folder(of count: Int) throws -> URL {
        let files = folder.appending(path: "tenants-\(count)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        try Data(contentsOf: measured).write(to: files.appending(path: measured.lastPathComponent))
        for number in 1..<max(1, count) {
            try Data(text("tenant-\(number)").utf8).write(to: files.appending(path: "tenant-\(number).yaml"))
        }
        return files
    }

    private func text(_ name: String) -> String {
        """
        tenant: \(name)
        name: \(name)
        sign_in:
          password: {}
        policy:
          second_factor: { required_for: [] }

        """
    }
}
