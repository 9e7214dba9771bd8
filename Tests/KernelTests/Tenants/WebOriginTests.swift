import Testing

@testable import Kernel

@Suite("A web origin")
struct WebOriginTests {
    @Test(
        "the form that browsers send is accepted",
        arguments: [
            "https://app.example.com", "https://app.example.com:8443", "http://localhost", "http://localhost:3000",
            "https://127.0.0.1:8443", "https://xn--mnchen-3ya.example",
        ])
    func accepts(_ text: String) {
        #expect(WebOrigin.problem(text) == nil)
    }

    @Test(
        "a form that no browser sends is refused with its reason",
        arguments: [
            ("app.example.com", "must begin with https://"),
            ("null", "must begin with https://"),
            ("ftp://app.example.com", "must begin with https://"),
            ("HTTPS://app.example.com", "must begin with https://"),
            ("http://app.example.com", "must be https, since only localhost may be http"),
            ("http://localhost.example.com", "must be https, since only localhost may be http"),
            ("https://app.example.com/", "must not have a path"),
            ("https://app.example.com:8443/x", "must not have a path"),
            ("https://*.example.com", "must be one exact origin, without *"),
            ("https://App.example.com", "must be in lower case"),
            ("https://", "must name a host, as letters, digits, - and ."),
            ("https://a..b", "must name a host, as letters, digits, - and ."),
            ("https://user@app.example.com", "must name a host, as letters, digits, - and ."),
            ("https://m\u{FC}nchen.example", "must name a host, as letters, digits, - and ."),
            ("https://app.example.com:", "must have a port from 1 to 65535, or none"),
            ("https://app.example.com:0", "must have a port from 1 to 65535, or none"),
            ("https://app.example.com:+99", "must have a port from 1 to 65535, or none"),
            ("https://app.example.com:08443", "must have a port from 1 to 65535, or none"),
            ("https://app.example.com:65536", "must have a port from 1 to 65535, or none"),
            ("https://app.example.com:443", "must leave out the port 443, as browsers do"),
            ("http://localhost:80", "must leave out the port 80, as browsers do"),
        ])
    func refuses(_ text: String, _ reason: String) {
        #expect(WebOrigin.problem(text) == reason)
    }
}
