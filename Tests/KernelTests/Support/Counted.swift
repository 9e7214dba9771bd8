import Synchronization

/// Counts calls: the first is 1.
final class Counted: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    @discardableResult
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

/// Keeps what it is told, in order.
final class Noted<Element: Sendable>: Sendable {
    private let elements: Mutex<[Element]>

    var all: [Element] { elements.withLock { $0 } }

    init(_ elements: [Element] = []) {
        self.elements = Mutex(elements)
    }

    func note(_ element: Element) { elements.withLock { $0.append(element) } }
}
