import CQRCode
import PluginKit

/// A QR code (ISO/IEC 18004) with error correction M, by libqrencode.
struct QRCode: Sendable {
    /// Light modules around the code, without which readers do not find it.
    static let quietZone = 4

    /// How many modules a side has.
    let width: Int
    /// Row by row; true is dark.
    let modules: [Bool]

    /// - Throws: ``TOTPError`` where the text does not fit into any code.
    init(_ text: SecretText) throws(TOTPError) {
        let made = text.bytes.withExposedBytes { bytes in
            QRcode_encodeData(
                Int32(bytes.count), bytes.assumingMemoryBound(to: UInt8.self).baseAddress, 0, QR_ECLEVEL_M)
        }
        guard let made else { throw TOTPError(description: "libqrencode made no code") }
        defer { QRcode_free(made) }
        let side = Int(made.pointee.width)
        width = side
        // The lowest bit of a module is its colour; the others say what it is for.
        modules = UnsafeBufferPointer(start: made.pointee.data, count: side * side).map { $0 & 1 == 1 }
    }

    /// An SVG document of one unit a module: a white square, and the dark modules as one path.
    var picture: SecretText {
        let side = width + 2 * Self.quietZone
        return SecretText(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(side) \(side)\" shape-rendering=\"crispEdges\">"
                + "<rect width=\"\(side)\" height=\"\(side)\" fill=\"#fff\"/><path d=\"\(path)\" fill=\"#000\"/></svg>")
    }

    /// Every run of dark modules as a rectangle.
    private var path: String {
        (0..<width).flatMap { row in
            runs(inRow: row).map { run in
                let (left, top) = (run.lowerBound + Self.quietZone, row + Self.quietZone)
                return "M\(left) \(top)h\(run.count)v1h-\(run.count)z"
            }
        }.joined()
    }

    private func runs(inRow row: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for column in 0..<width where modules[row * width + column] {
            if let last = runs.last, last.upperBound == column {
                runs[runs.count - 1] = last.lowerBound..<column + 1
            } else {
                runs.append(column..<column + 1)
            }
        }
        return runs
    }
}
