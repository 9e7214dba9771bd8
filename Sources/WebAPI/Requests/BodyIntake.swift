import HTTPTypes
import Hummingbird
import NIOCore

/// Takes in the body of a request: whole, small, and JSON as far as its headers say.
enum BodyIntake {
    static let largestBodyBytes = 64 * 1024

    /// - Throws: `payload_too_large`, `unsupported_media_type`, or `bad_request` for a body that breaks off.
    static func bytes(of request: Request) async throws -> [UInt8] {
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        guard announced ?? 0 <= largestBodyBytes else { throw Problem(.payloadTooLarge) }
        let bytes = try await collect(request.body)
        guard announced ?? bytes.count == bytes.count else {
            throw Problem(.badRequest, detail: "The body breaks off.")
        }
        // A coding may hide a bomb. What says nothing may have any: a proxy that asks about a request that it holds back
        // sends the headers of that one.
        guard bytes.isEmpty || request.headers[.contentEncoding] == nil && isJSON(request.headers) else {
            throw Problem(.unsupportedMediaType)
        }
        return bytes
    }

    private static func collect(_ body: RequestBody) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= largestBodyBytes else { throw Problem(.payloadTooLarge) }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// Whether the one `Content-Type` is `application/json`, with no parameter other than `charset=utf-8`.
    private static func isJSON(_ headers: HTTPFields) -> Bool {
        let values = headers[values: .contentType]
        guard values.count == 1 else { return false }
        let parts = values[0].utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
            String(decoding: part.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }, as: UTF8.self)
                .lowercased()
        }
        return parts[0] == "application/json"
            && (parts.count == 1 || parts.count == 2 && ["charset=utf-8", "charset=\"utf-8\""].contains(parts[1]))
    }
}
