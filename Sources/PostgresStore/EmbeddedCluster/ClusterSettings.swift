/// The embedded server's settings, as far as they are Gatehouse's and not PostgreSQL's own defaults.
enum ClusterSettings {
    static func text(socketFolder: String) -> String {
        let quoted = socketFolder.replacing("'", with: "''")
        return """
            # Written at every start of Gatehouse; changes made here are lost.
            listen_addresses = ''
            port = 5432
            unix_socket_directories = '\(quoted)'
            unix_socket_permissions = 0700
            password_encryption = 'scram-sha-256'

            # One file for each day of the week.
            logging_collector = on
            log_filename = 'postgresql-%a.log'
            log_rotation_age = 1d
            log_rotation_size = 0
            log_truncate_on_rotation = on
            log_checkpoints = off
            # A statement that failed might name a secret.
            log_min_error_statement = panic

            """
    }
}
