import Metrics
import Testing

@testable import WebAPI

@Suite struct PrometheusMetricsTests {
    private let metrics = PrometheusMetrics()

    @Test("counters, gauges and histograms are written as Prometheus reads them")
    func exposition() {
        Counter(label: "jobs.done", dimensions: [("kind", "a")], factory: metrics).increment(by: 2)
        Counter(label: "jobs.done", dimensions: [("kind", "a")], factory: metrics).increment()
        Gauge(label: "waiting", factory: metrics).record(3.5)
        Meter(label: "open", factory: metrics).increment(by: 2.0)
        let timer = Timer(label: "taken_seconds", factory: metrics)
        timer.recordMilliseconds(4)
        timer.recordSeconds(20)
        let text = metrics.exposition()
        #expect(text.contains("# TYPE jobs_done counter\njobs_done{kind=\"a\"} 3\n"))
        #expect(text.contains("# TYPE waiting gauge\nwaiting 3.5\n"))
        #expect(text.contains("# TYPE open gauge\nopen 2\n"))
        #expect(text.contains("taken_seconds_bucket{le=\"0.0025\"} 0\ntaken_seconds_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("taken_seconds_bucket{le=\"10\"} 1\ntaken_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("taken_seconds_sum 20.004\ntaken_seconds_count 2\n"))
    }

    @Test("a value on a bound belongs to that bound")
    func bounds() {
        Recorder(label: "sizes", factory: metrics).record(5)
        let text = metrics.exposition()
        #expect(text.contains("sizes_bucket{le=\"2\"} 0\nsizes_bucket{le=\"5\"} 1\n"))
    }

    @Test("label values are escaped")
    func escaping() {
        Counter(label: "c", dimensions: [("a-b", "x\"y\\z\nw")], factory: metrics).increment()
        #expect(metrics.exposition().contains(#"c{a_b="x\"y\\z\nw"} 1"#))
    }

    @Test("the number of series of a metric is bounded, and what is beyond it is still counted")
    func cardinality() {
        for number in 0..<(PrometheusMetrics.seriesPerMetric + 50) {
            Counter(label: "c", dimensions: [("n", "\(number)")], factory: metrics).increment()
        }
        let lines = metrics.exposition().split(separator: "\n").filter { $0.hasPrefix("c{") }
        #expect(lines.count == PrometheusMetrics.seriesPerMetric + 1)
        #expect(lines.contains("c{overflow=\"true\"} 50"))
    }

    @Test("no increment of parallel tasks is lost")
    func parallel() async {
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 { Counter(label: "p", factory: metrics).increment() }
                }
            }
        }
        #expect(metrics.exposition().contains("p 8000\n"))
    }

    @Test("a name keeps its first type")
    func types() {
        Counter(label: "x", factory: metrics).increment()
        Gauge(label: "x", factory: metrics).record(7)
        #expect(metrics.exposition() == "# TYPE x counter\nx 1\n")
    }

    @Test("a destroyed metric is written no more")
    func destroyed() {
        let counter = Counter(label: "x", factory: metrics)
        counter.increment()
        counter.destroy()
        #expect(!metrics.exposition().contains("x 1"))
    }
}
