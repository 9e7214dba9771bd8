import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A request of what prepares or reads a measurement; nothing that is measured goes through it.
struct JSONRequest {
    let method: String
    let url: URL
    let headers: [String: String]
    var body: Data?

    /// - Throws: ``BenchmarkError`` where the answer is no success.
    @discardableResult
    func send() async throws -> Data {
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard (200...299).contains(status) else {
            throw BenchmarkError("\(url.path()) answered \(status) while a measurement was prepared")
        }
        return data
    }

    func answer<Answer: Decodable>() async throws -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Answer.self, from: try await send())
    }
}
