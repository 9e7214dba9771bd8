import HTTPTypes
import Kernel
import Testing
import WebAPI

@Suite("A credential in a URL") struct CredentialInURLTests {
    @Test(
        "is refused by every route, and stands in no line of the log",
        arguments: ["access_token", "api_key", "TOKEN", "password"])
    func refused(name: String) async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for route in house.routes {
            let path = route.path(tenant: house.acme.slug)
            let answer = try await house.send(
                route.method, "\(path)?\(name)=\(owner.accessToken)", bearer: owner.accessToken)
            #expect(answer.code == "token_in_url", "\(route.title)")
            #expect(!answer.text.contains(owner.accessToken))
        }
        #expect(house.logLines.count >= house.routes.count)
        #expect(house.logLines.allSatisfy { !$0.contains(owner.accessToken) })
    }
}
