import ArgumentParser
import Foundation
import Kernel
import Logging
import PluginKit
import PostgresStore
import WebAPI

extension ProcessSettings {
    /// The settings of a command; what is wrong with them is said on standard error, and the command ends as a usage error.
    static func forCommand(_ options: ProcessOptions, serve: ServeOptions? = nil) throws -> ProcessSettings {
        do {
            return try ProcessSettings(options, serve: serve, environment: ProcessInfo.processInfo.environment)
        } catch let error as ProcessSettingsError {
            Output.complain(error.description)
            throw ExitCode.usage
        }
    }
}

/// Runs the body of a command and turns what it throws into words and an exit code.
enum CommandRun {
    static func guarded(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch let error as DatabaseError {
            Output.complain("the database did not answer as it should (\(error)); `gatehouse doctor` says more")
            throw error.exitCode
        } catch let error as PostgresStartError {
            Output.complain(error.description)
            throw ExitCode.unreachable
        } catch KeyWrapperError.unknownKey(let id) {
            Output.complain(MissingWrapper(id: id).description)
            throw ExitCode.refused
        } catch let error as KeyWrapperError {
            Output.complain(error.description)
            if case .unavailable = error { throw ExitCode.unreachable }
            throw ExitCode.refused
        } catch {
            Output.complain("\(error)")
            throw ExitCode.refused
        }
    }

    /// Sends logs to standard error: JSON lines, or readable ones for development and for commands of people.
    ///
    /// - Parameter saysAll: whether what is shown tells all that a log would, unless more than the usual is asked for.
    static func startLogging(_ settings: ProcessSettings, readable: Bool, saysAll: Bool = false) -> Logger {
        let level = saysAll && settings.logLevel == .info ? .critical : settings.logLevel
        let errors = StandardError()
        LoggingSystem.bootstrap { label in
            if readable { return TextLogHandler(level: level, now: SystemClock.now, sink: errors.write) }
            return JSONLogHandler(label: label, level: level, now: SystemClock.now, sink: errors.write)
        }
        return Logger(label: "gatehouse")
    }
}

extension DatabaseError {
    fileprivate var exitCode: ExitCode {
        switch self {
        case .unavailable, .overloaded, .timedOut: .unreachable
        default: .refused
        }
    }
}
