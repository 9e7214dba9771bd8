import Foundation

/// Makes sure that a test's server does not outlive its process, however the process ends.
enum ClusterWatch {
    /// Starts a shell that waits for this process to be gone, then stops the server and removes its folder.
    ///
    /// The shell reads from a pipe that this process alone writes to and never does; the pipe ends with the process.
    static func begin(directory: String) throws {
        let pipe = Pipe()
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", script, "watch", directory]
        shell.standardInput = pipe.fileHandleForReading
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        // A writing end that nobody closes, and that programs started later do not hold open.
        guard fcntl(pipe.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 3) >= 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
        try shell.run()
    }

    private static let script = """
        trap '' INT TERM HUP
        cat >/dev/null
        kill -QUIT "$(head -n 1 "$1/cluster/postmaster.pid")"
        tries=0
        while [ -e "$1/cluster/postmaster.pid" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
        rm -rf "$1"
        """
}
