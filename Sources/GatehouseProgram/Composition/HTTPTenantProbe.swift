import AsyncHTTPClient
import Foundation
import Kernel
import NIOCore
import NIOHTTP1
import PluginKit

/// Asks a tenant by HTTP at its public address, as any client does.
struct HTTPTenantProbe: TenantProbe {
    /// Long enough for a hash, short enough for whoever waits for the checks.
    private static let deadline = TimeAmount.seconds(5)
    private static let longestAnswerBytes = 64 * 1024

    func issuer(at address: String) async throws -> String {
        let (status, body) = try await send(HTTPClientRequest(url: address + "/.well-known/openid-configuration"))
        guard status == 200 else { throw Unexpected(status: status) }
        return try JSONDecoder().decode(Metadata.self, from: body).issuer
    }

    func signIn(at address: String, login: String, password: String) async throws -> TenantProbeAnswer {
        var request = HTTPClientRequest(url: address + "/login")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try JSONEncoder().encode(["login": login, "password": password]))
        let (status, body) = try await send(request)
        return TenantProbeAnswer(status: status, code: try? JSONDecoder().decode(ProblemBody.self, from: body).code)
    }

    private func send(_ request: HTTPClientRequest) async throws -> (status: Int, body: Data) {
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(request, timeout: Self.deadline)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Unreachable(cause: "\(error)")
        }
        let body = try await response.body.collect(upTo: Self.longestAnswerBytes)
        return (Int(response.status.code), Data(body.readableBytesView))
    }

    private struct Metadata: Decodable {
        let issuer: String
    }

    private struct ProblemBody: Decodable {
        let code: String
    }

    private struct Unexpected: Error, CustomStringConvertible {
        let status: Int

        var description: String { "it answers with status \(status)" }
    }

    private struct Unreachable: Error, CustomStringConvertible {
        let cause: String

        var description: String { "it cannot be reached (\(cause))" }
    }
}
