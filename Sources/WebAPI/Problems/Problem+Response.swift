package import Hummingbird

extension Problem {
    /// The whole answer; `requestID` lets its reader find the log lines that belong to it.
    package func response(requestID: String) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        return Response(
            status: code.status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body(requestID: requestID))))
    }

    /// - Parameter requestID: `nil` where no request could be made out, and so none was logged.
    func body(requestID: String?) -> [UInt8] {
        let members = ProblemBody(
            type: code.typeURI, title: code.title, status: code.status.code, code: code.rawValue, detail: detail,
            requestID: requestID, errors: errors.isEmpty ? nil : errors)
        // Encoding text and numbers cannot fail; should it ever, the status alone still says what happened.
        return (try? ResponseEncoding.encode(members)) ?? Array("{}".utf8)
    }
}

private struct ProblemBody: Encodable {
    let type: String
    let title: String
    let status: Int
    let code: String
    let detail: String
    let requestID: String?
    let errors: [FieldProblem]?
}
