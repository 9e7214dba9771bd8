import HTTPTypes
import Hummingbird

/// An answer whose bytes are known, so that they can be kept.
struct JSONAnswer {
    let status: HTTPResponse.Status
    let body: [UInt8]

    init(status: HTTPResponse.Status, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    init(_ value: some Encodable, status: HTTPResponse.Status) throws {
        self.init(status: status, body: try ResponseEncoding.encode(value))
    }

    var response: Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
