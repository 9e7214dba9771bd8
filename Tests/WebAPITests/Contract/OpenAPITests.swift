import HTTPTypes
import Kernel
import Testing
import Yams

@testable import WebAPI

@Suite("The API's description") struct OpenAPITests {
    private let document: OpenAPIDocument
    private let operations: [OpenAPIOperation]

    init() throws {
        document = try OpenAPIDocument()
        operations = try document.operations
    }

    @Test("describes every route with its method, path, access and query, and nothing that is no route")
    func routes() throws {
        let declared = Set(try PublishedRoutes.all().map(RouteDescription.init))
        let described = Set(operations.map(\.route))
        #expect(declared.count > 20)
        #expect(declared.subtracting(described) == [])
        #expect(described.subtracting(declared) == [])
    }

    @Test("declares the parameters that stand in each path")
    func pathParameters() {
        for operation in operations {
            let places = operation.route.path.matches(of: /\{([a-z]+)\}/).map { String($0.1) }
            #expect(operation.pathParameters == Set(places), "\(operation.route)")
        }
    }

    /// The credentials that routes for anyone look at where they are sent.
    private static let welcomed: [String: Set<String>] = [
        "logout": ["accessToken"], "verifyApiKey": ["accessToken", "apiKey"],
        "verifyTenantApiKey": ["accessToken", "apiKey"],
    ]

    @Test("asks for the credential that the route's access needs")
    func security() {
        for operation in operations {
            let needed: Set<String> =
                switch operation.route.access {
                case "anyone": Self.welcomed[operation.id] ?? []
                case "operator": ["operatorKey"]
                case "person": ["accessToken"]
                case let access where access.hasPrefix("operator or "): ["operatorKey", "accessToken", "apiKey"]
                default: ["accessToken", "apiKey"]
                }
            #expect(operation.securitySchemes == needed, "\(operation.route)")
        }
    }

    @Test("puts every operation into one plane and names each but once")
    func names() throws {
        let planes = try document.tags
        #expect(operations.allSatisfy { $0.tags.count == 1 && planes.isSuperset(of: $0.tags) })
        #expect(Set(operations.flatMap(\.tags)) == planes)
        #expect(Set(operations.map(\.id)).count == operations.count)
    }

    @Test("names problem codes that exist, under their own status, and some for every error")
    func problemCodes() {
        for operation in operations {
            for answer in operation.answers where answer.status >= 400 && operation.id != "readReadiness" {
                let codes = Self.quotedCodes(in: answer.description)
                #expect(!codes.isEmpty, "\(operation.route) \(answer.status)")
                for code in codes {
                    #expect(ProblemCode(rawValue: code)?.status.code == answer.status, "\(operation.route) \(code)")
                }
            }
        }
    }

    @Test("says of every route that it may refuse the query, and of guarded ones that they may refuse the credential")
    func commonAnswers() {
        for operation in operations {
            let statuses = Set(operation.answers.map(\.status))
            #expect(statuses.isSuperset(of: [400, 500]), "\(operation.route)")
            if operation.route.access != "anyone" { #expect(statuses.contains(401), "\(operation.route)") }
            // A key may be at its limit wherever it is let in.
            if operation.route.access.contains("permission") {
                #expect(statuses.isSuperset(of: [403, 429]), "\(operation.route)")
            }
            if operation.pathParameters.contains("tenant") { #expect(statuses.contains(404), "\(operation.route)") }
        }
    }

    @Test("lists every problem code and every permission")
    func closedSets() throws {
        #expect(try document.choices(of: "ProblemCode") == ProblemCode.allCases.map(\.rawValue))
        #expect(try document.choices(of: "Permission") == Permission.allCases.map(\.rawValue))
    }

    @Test("allows no further fields in any body that a client sends, and bounds every text")
    func strictBodies() throws {
        let schemas = try document.requestSchemas
        #expect(!schemas.isEmpty)
        for (name, schema) in schemas {
            #expect(schema["additionalProperties"]?.bool == false, "\(name)")
            for (field, reference) in try document.members(of: schema["properties"]) {
                let value = try document.resolved(reference)
                guard let bound = Self.bound(of: value) else { continue }
                #expect(value[bound]?.int != nil, "\(name).\(field)")
            }
        }
    }

    /// The member by which a value must be bounded; `nil` for one that cannot grow.
    private static func bound(of value: Node) -> String? {
        // One that may be null as well has a list of types.
        switch value["type"]?.string ?? value["type"]?.sequence?.first?.string {
        case "array": "maxItems"
        case "integer": "maximum"
        case "boolean": nil
        case "object": value["additionalProperties"]?.bool == false ? nil : "maxProperties"
        default: "maxLength"
        }
    }

    /// The words in lower snake case that stand between back quotes; header names are not among them.
    private static func quotedCodes(in text: String) -> [String] {
        text.matches(of: /`([a-z_]+)`/).map { String($0.1) }
    }
}
