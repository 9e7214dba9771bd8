import PluginKit
import Testing

@testable import PasswordLogin

@Suite("Hash functions")
struct HashMethodTests {
    private static let methods: [HashMethod] = [
        .argon2id(.init(memoryKiB: 64, iterations: 1, parallelism: 1)),
        .argon2id(.init(memoryKiB: 64, iterations: 2, parallelism: 2)), .bcrypt(cost: 4),
    ]
    private let input = SecretBytes("a quiet harbour".utf8)
    private let other = SecretBytes("a quiet harbor".utf8)

    @Test("a hash fits its input and no other, and is new every time", arguments: methods)
    func roundTrip(method: HashMethod) throws {
        let hashes = try (0..<2).map { _ in try method.hash(input) }
        #expect(hashes[0] != hashes[1])
        for hash in hashes {
            #expect(try method.verify(input, against: hash))
            #expect(try !method.verify(other, against: hash))
            #expect(try !method.verify(SecretBytes([]), against: hash))
        }
    }

    @Test("a method is read off its hashes and off its decoys", arguments: methods)
    func recognition(method: HashMethod) throws {
        #expect(try HashMethod(of: method.hash(input)) == method)
        #expect(try HashMethod(of: method.decoy()) == method)
    }

    @Test("a decoy is compared with like a hash, and fits nothing", arguments: methods)
    func decoys(method: HashMethod) throws {
        let decoy = try method.decoy()
        #expect(try decoy.utf8.count == method.hash(input).utf8.count)
        #expect(try !method.verify(input, against: decoy))
        #expect(try !method.verify(SecretBytes([]), against: decoy))
    }

    @Test(
        "hashes made by other programs are understood",
        arguments: [
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"),
            ("$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"),
        ])
    func knownHashes(hash: String, password: String) throws {
        let method = try HashMethod(of: hash)
        #expect(try method.verify(SecretBytes(password.utf8), against: hash))
        #expect(try !method.verify(other, against: hash))
    }

    @Test(
        "anything else is corrupt, also a cost that would exhaust the machine",
        arguments: [
            "", "dummy", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=64,t=1000,p=1$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$t=1,m=64,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
            "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.", "$6$salt$hash",
        ])
    func corrupt(hash: String) {
        #expect(throws: StoredPasswordError.corrupt) { try HashMethod(of: hash) }
    }

    @Test("more cost or another function outdates a method, less does not")
    func outdated() {
        let argon2 = Self.methods[0]
        #expect(argon2.isOutdated(by: .argon2id(.init(memoryKiB: 65, iterations: 1, parallelism: 1))))
        #expect(argon2.isOutdated(by: .argon2id(.init(memoryKiB: 32, iterations: 2, parallelism: 1))))
        #expect(argon2.isOutdated(by: .bcrypt(cost: 15)))
        #expect(!argon2.isOutdated(by: argon2))
        #expect(!argon2.isOutdated(by: .argon2id(.init(memoryKiB: 63, iterations: 1, parallelism: 1))))
        #expect(HashMethod.bcrypt(cost: 10).isOutdated(by: .bcrypt(cost: 11)))
        #expect(!HashMethod.bcrypt(cost: 11).isOutdated(by: .bcrypt(cost: 10)))
    }
}
