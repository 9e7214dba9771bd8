/// Puts bytes into the format of RFC 1952, in stored blocks: valid for every reader, and no smaller than before.
enum Gzip {
    private static let largestBlockBytes = 65_535

    static func wrap(_ bytes: [UInt8]) -> [UInt8] {
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        return header + blocks(of: bytes) + littleEndian(checksum(of: bytes)) + littleEndian(UInt32(bytes.count))
    }

    private static func blocks(of bytes: [UInt8]) -> [UInt8] {
        let starts = bytes.isEmpty ? [0] : Array(stride(from: 0, to: bytes.count, by: largestBlockBytes))
        return starts.flatMap { start -> [UInt8] in
            let block = bytes[start..<min(start + largestBlockBytes, bytes.count)]
            let length = UInt16(block.count)
            let isLast: UInt8 = start == starts.last ? 1 : 0
            return [isLast] + littleEndian(length) + littleEndian(~length) + block
        }
    }

    private static func checksum(of bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in
                rest & 1 == 1 ? (rest >> 1) ^ 0xEDB8_8320 : rest >> 1
            }
        }
    }

    private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
