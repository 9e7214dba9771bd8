import HTTPTypes
import Testing

@Suite("Examples in the API's description") struct ExampleTests {
    @Test("have the shape that stands beside them")
    func shapes() throws {
        let examples = try DescribedExamples().all
        #expect(examples.count > 20)
        for example in examples {
            #expect(example.shape.problem(with: example.body) == nil, "\(example.place)")
        }
    }

    @Test("of bodies are taken by the routes that they are for")
    func taken() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let examples = try DescribedExamples().sent
        #expect(examples.count > 10)
        for example in examples {
            let words = example.path.split(separator: "/").map {
                $0 == "{tenant}" ? house.acme.slug : $0.hasPrefix("{") ? "some_thing" : String($0)
            }
            let path = "/" + words.joined(separator: "/")
            let answer = try await house.send(
                example.method, path, bearer: owner.accessToken, body: example.body)
            #expect(answer.status != 400, "\(example.method) \(example.path): \(answer.text)")
        }
    }
}
