import Foundation

/// Tenant files with three references to secrets each, and the file that one of them leads to.
struct TenantFolder {
    let folder: URL
    let names: [String]

    init(folder: URL, count: Int) {
        self.folder = folder
        names = (1...count).map { "tenant-\($0)" }
    }

    /// Where the tenant files are.
    var files: URL { folder.appending(path: "tenants") }

    private var secrets: URL { folder.appending(path: "secrets") }

    func write(role: VaultClient.Role, address: URL) throws {
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        for name in names {
            let text = text(name, role: role, address: address)
            try Data(text.utf8).write(to: files.appending(path: "\(name).yaml"))
            let own = secrets.appending(path: name)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let secret = own.appending(path: "secret-id")
            try Data(role.secretID.utf8).write(to: secret)
            // A secret that others may read is refused.
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
        }
    }

    private func text(_ name: String, role: VaultClient.Role, address: URL) -> String {
        """
        tenant: \(name)
        name: \(name)
        secrets:
          file: { directory: \(secrets.path) }
          vault:
            address: \(address.absoluteString)
            auth: { approle: { role_id: \(role.roleID), secret_id: "file:secret-id" } }
        sign_in:
          password:
            pepper:
              id: p2
              secret: "vault:\(name)/pepper#value"
              previous: { id: p1, secret: "vault:\(name)/previous#value" }
        policy:
          second_factor: { required_for: [] }

        """
    }
}
