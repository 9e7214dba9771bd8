import PluginKit

/// Base 32 without padding (RFC 4648, 6): the form in which people type a seed.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func text(of secret: SecretBytes) -> SecretText {
        SecretText(utf8: SecretBytes(secret.withExposedBytes(characters)))
    }

    private static func characters(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var characters: [UInt8] = []
        var (pending, pendingBits) = (0, 0)
        for byte in bytes {
            pending = (pending << 8 | Int(byte)) & 0xFFF
            pendingBits += 8
            while pendingBits >= 5 {
                pendingBits -= 5
                characters.append(alphabet[pending >> pendingBits & 31])
            }
        }
        if pendingBits > 0 { characters.append(alphabet[pending << (5 - pendingBits) & 31]) }
        return characters
    }
}
