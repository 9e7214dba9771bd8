internal import Foundation

/// Runs a program and waits for it, even where it leaves a server behind. Blocks the thread.
///
/// Foundation's `Process` waits for every descendant that has inherited its descriptors, and so for the server.
enum ChildProgram {
    /// What a program said, on both of its outputs, and whether it was content.
    struct Output: Sendable {
        let isSuccess: Bool
        let text: String
    }

    /// Runs `command`, whose first word is a path.
    ///
    /// The program gets nothing of this process's environment, which may hold secrets and settings meant for another
    /// server, and none of its descriptors.
    ///
    /// - Throws: ``PostgresStartError`` where it cannot be run at all.
    static func run(_ command: [String]) throws(PostgresStartError) -> Output {
        let output = try namelessFile()
        defer { close(output) }
        guard let child = spawn(command, output: output) else {
            throw PostgresStartError(
                problem: "\(command[0]) cannot be run", remedy: "install it, or check its permissions")
        }
        let isSuccess = exitStatus(of: child) == 0
        lseek(output, 0, SEEK_SET)
        let text = FileHandle(fileDescriptor: output, closeOnDealloc: false).readDataToEndOfFile()
        return Output(isSuccess: isSuccess, text: String(decoding: text, as: UTF8.self))
    }

    /// Takes a program's output. A pipe would be read until the last who can write to it ends, which a server that the
    /// program leaves behind does not.
    private static func namelessFile() throws(PostgresStartError) -> Int32 {
        let name = "/tmp/gatehouse-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable("/tmp") }
        unlink(name)
        return descriptor
    }

    private static func spawn(_ command: [String], output: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        for descriptor in openDescriptors() where descriptor > STDERR_FILENO {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = defaultSignals()
        defer { posix_spawnattr_destroy(&attributes) }

        var arguments = cStrings(command)
        var environment = cStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", "LC_ALL=C"])
        defer { for text in arguments + environment { free(text) } }

        var child = pid_t()
        let error = posix_spawn(&child, command[0], &actions, &attributes, &arguments, &environment)
        return error == 0 ? child : nil
    }

    private static func openDescriptors() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }
    }

    /// Null-terminated copies, with a null pointer behind the last; the caller frees them.
    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var copies: [UnsafeMutablePointer<CChar>?] = []
        for text in texts { copies.append(strdup(text)) }
        return copies + [nil]
    }

    /// A program does not expect that signals are ignored or held back because its parent does so.
    private static func defaultSignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        return attributes
    }

    /// The exit code; `nil` for a program that a signal has ended.
    private static func exitStatus(of child: pid_t) -> Int32? {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }
}
