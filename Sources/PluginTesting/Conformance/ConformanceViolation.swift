/// One rule of a role that a provider breaks, with what was seen.
public struct ConformanceViolation: Sendable, Equatable, CustomStringConvertible {
    /// The rule, in the words of the role: `a missing secret is nil`.
    public let rule: String
    /// What happened instead, without any secret.
    public let observation: String

    public init(rule: String, observation: String) {
        self.rule = rule
        self.observation = observation
    }

    public var description: String { "\(rule): \(observation)" }
}

/// Gathers violations while a suite runs.
struct Findings {
    private(set) var violations: [ConformanceViolation] = []

    mutating func expect(_ holds: Bool, _ rule: String, _ observation: @autoclosure () -> String) {
        if !holds { violations.append(ConformanceViolation(rule: rule, observation: observation())) }
    }

    /// Runs one rule of a suite; an error that escapes it breaks the rule. The error itself is not repeated: it
    /// could hold what the rule was about.
    mutating func rule(_ rule: String, _ body: (inout Findings) async throws -> Void) async {
        do {
            try await body(&self)
        } catch {
            expect(false, rule, "an error of type \(type(of: error)) was thrown")
        }
    }
}
