package import CoreMetrics
import Synchronization

/// Keeps what the program counts and writes it as Prometheus reads it.
///
/// Counters are counters; meters and non-aggregating recorders are gauges; timers are histograms in seconds;
/// aggregating recorders are histograms of plain numbers. The number of series is bounded: beyond
/// ``seriesPerMetric`` label sets of one metric, all further ones share one series labelled `overflow`.
package final class PrometheusMetrics: MetricsFactory {
    /// The media type of ``exposition()``.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    package static let seriesPerMetric = 1000

    private struct Family {
        let type: PrometheusType
        var series: [PrometheusLabels: any PrometheusSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    /// All series in the text exposition format 0.0.4, in alphabetical order.
    package func exposition() -> String {
        let families = families.withLock { $0 }
        var text = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.begin(name, type: family.type)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name, labels, to: &text)
            }
        }
        return text.content
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter, make: PrometheusCounter.init)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge, make: PrometheusGauge.init)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge, make: PrometheusGauge.init) }
        return series(label, dimensions, .histogram) { PrometheusHistogram(bounds: PrometheusHistogram.countBounds) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { PrometheusHistogram(bounds: PrometheusHistogram.durationBounds) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    // MARK: Series

    /// The one series of these labels, made at first use.
    private func series<Series: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], _ type: PrometheusType, make: () -> Series
    ) -> Series {
        let name = PrometheusText.name(label)
        return families.withLock { families in
            var family = families[name] ?? Family(type: type)
            var labels = PrometheusLabels(dimensions)
            if family.series[labels] == nil, family.series.count >= Self.seriesPerMetric { labels = .overflow }
            if let known = family.series[labels] as? Series { return known }
            let series = make()
            // A name that is used for another type already keeps that type; what comes second is counted in vain.
            guard family.type == type else { return series }
            family.series[labels] = series
            families[name] = family
            return series
        }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                families[name]?.series = family.series.filter { $0.value !== handler }
            }
        }
    }
}

/// The types of the text exposition format.
enum PrometheusType: String, Sendable {
    case counter, gauge, histogram
}
