import Foundation
import Synchronization

/// A name server on this machine, over UDP, that answers as a test wants; it lives as long as the test holds it.
final class LoopbackNameServer: Sendable {
    let port: UInt16
    private let descriptor: Int32
    private let names = Mutex<[String]>([])

    /// The names that were asked for, each once.
    var asked: Set<String> { Set(names.withLock { $0 }) }

    /// - Parameter respond: the answer to a query; `nil` for silence.
    init(_ respond: @escaping @Sendable ([UInt8]) -> [UInt8]?) throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        let thread = Thread { [weak self] in
            while let (query, sender) = Self.receive(descriptor) {
                self?.note(DNSMessage.name(in: query))
                if let answer = respond(query) { Self.send(answer, to: sender, descriptor) }
            }
        }
        thread.start()
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    private func note(_ name: String) { names.withLock { $0.append(name) } }

    private static func receive(_ descriptor: Int32) -> ([UInt8], sockaddr_in)? {
        var (buffer, sender) = ([UInt8](repeating: 0, count: 4096), sockaddr_in())
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &sender) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size)
            }
        }
        return count > 0 ? (Array(buffer.prefix(count)), sender) : nil
    }

    private static func send(_ answer: [UInt8], to sender: sockaddr_in, _ descriptor: Int32) {
        var sender = sender
        withUnsafePointer(to: &sender) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, answer, answer.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Messages of DNS (RFC 1035, 4), as far as tests need them.
enum DNSMessage {
    enum Record {
        case text([String])
        case other(type: UInt16, data: [UInt8])
    }

    static func query(_ name: String) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 16, 0, 1]
    }

    static func answer(to query: [UInt8], code: UInt8 = 0, records: [Record] = []) -> [UInt8] {
        let question = query.dropFirst(12).prefix(endOfName(in: query) + 4 - 12)
        let head = Array(query.prefix(2)) + [0x81, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        return head + question + records.flatMap(bytes)
    }

    /// The name that a query asks for.
    static func name(in query: [UInt8]) -> String {
        var (labels, place): ([String], Int) = ([], 12)
        while place < query.count, query[place] > 0 {
            labels.append(String(decoding: query[(place + 1)...].prefix(Int(query[place])), as: UTF8.self))
            place += 1 + Int(query[place])
        }
        return labels.joined(separator: ".")
    }

    private static func endOfName(in query: [UInt8]) -> Int {
        var place = 12
        while place < query.count, query[place] > 0 { place += 1 + Int(query[place]) }
        return place + 1
    }

    private static func bytes(_ record: Record) -> [UInt8] {
        let (type, data): (UInt16, [UInt8]) =
            switch record {
            case .text(let parts): (16, parts.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) })
            case .other(let type, let data): (type, data)
            }
        // The owner's name points back to the question's.
        return [0xC0, 12, 0, UInt8(type), 0, 1, 0, 0, 0, 60, UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
    }
}
