//! What the server counts, as Prometheus text. Names, never addresses or words of visitors.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// The counters; cheap to clone, each clone counts into the same ones.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// Open connections by transport: `websocket` or `events`.
    pub connections: Family<Transport, Gauge<i64, AtomicI64>>,
    /// Frames received from visitors.
    pub frames: Counter<u64, AtomicU64>,
    /// Turns committed.
    pub turns: Counter<u64, AtomicU64>,
    /// From a message's arrival to its `ack`, in seconds.
    pub turn_seconds: Histogram,
    /// Refusals by protocol error code.
    pub errors: Family<Code, Counter<u64, AtomicU64>>,
    /// Messages by how they were understood: `answered`, `unsure`, `handed_over` or `silent`.
    pub understood: Family<Outcome, Counter<u64, AtomicU64>>,
    /// Leads saved for the first time.
    pub leads: Counter<u64, AtomicU64>,
    /// Plain forms that were kept aside, since their hidden field was filled in.
    pub leads_held: Counter<u64, AtomicU64>,
    /// Deliveries by outcome: `sent`, `retry`, `failed` or `postponed`.
    pub deliveries: Family<Outcome, Counter<u64, AtomicU64>>,
    /// Tasks in the outbox that are not delivered yet.
    pub outbox_pending: Gauge<i64, AtomicI64>,
    /// Messages that the slow encoder passed to the static one, because it was late or overloaded.
    pub encoder_fallbacks: Counter<u64, AtomicU64>,
    /// Reloads of the intents by outcome: `taken` or `refused`.
    pub reloads: Family<Outcome, Counter<u64, AtomicU64>>,
}

/// A connection's transport.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Transport {
    /// `websocket` or `events`.
    pub transport: &'static str,
}

/// A protocol error code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Code {
    /// As on the wire.
    pub code: &'static str,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    /// One of a fixed few words.
    pub outcome: &'static str,
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("sidedoor");
        let connections = Family::default();
        let frames = Counter::default();
        let turns = Counter::default();
        // From half a millisecond to eight seconds.
        let turn_seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 15));
        let errors = Family::default();
        let understood = Family::default();
        let leads = Counter::default();
        let leads_held = Counter::default();
        let deliveries = Family::default();
        let outbox_pending = Gauge::default();
        let encoder_fallbacks = Counter::default();
        let reloads = Family::default();
        registry.register("connections", "Open connections", connections.clone());
        registry.register("frames", "Frames received from visitors", frames.clone());
        registry.register("turns", "Turns committed", turns.clone());
        registry.register_with_unit("turn", "From a message's arrival to its ack", Unit::Seconds, turn_seconds.clone());
        registry.register("errors", "Refusals by protocol error code", errors.clone());
        registry.register("understood", "Messages by how they were understood", understood.clone());
        registry.register("leads", "Leads saved for the first time", leads.clone());
        registry.register("leads_held", "Plain forms kept aside", leads_held.clone());
        registry.register("deliveries", "Deliveries by outcome", deliveries.clone());
        registry.register("outbox_pending", "Tasks not delivered yet", outbox_pending.clone());
        registry.register("encoder_fallbacks", "Messages passed to the static encoder", encoder_fallbacks.clone());
        registry.register("intent_reloads", "Reloads of the intents by outcome", reloads.clone());
        Self {
            registry: Arc::new(registry),
            connections,
            frames,
            turns,
            turn_seconds,
            errors,
            understood,
            leads,
            leads_held,
            deliveries,
            outbox_pending,
            encoder_fallbacks,
            reloads,
        }
    }

    /// Counts a refusal.
    pub fn error(&self, code: &'static str) {
        self.errors.get_or_create(&Code { code }).inc();
    }

    /// Counts a message by how it was understood.
    pub fn understood(&self, outcome: &'static str) {
        self.understood.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts a delivery by its outcome.
    pub fn delivery(&self, outcome: &'static str) {
        self.deliveries.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts a reload by its outcome.
    pub fn reload(&self, outcome: &'static str) {
        self.reloads.get_or_create(&Outcome { outcome }).inc();
    }

    /// All counters in OpenMetrics text, which Prometheus reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        match text::encode(&mut out, &self.registry) {
            Ok(()) => out,
            Err(_) => String::new(),
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_come_out_as_prometheus_text() {
        let metrics = Metrics::new();

        metrics.turns.inc();
        metrics.error("rate_limited");

        let text = metrics.text();
        assert!(text.contains("sidedoor_turns_total 1\n"), "{text}");
        assert!(text.contains("sidedoor_errors_total{code=\"rate_limited\"} 1\n"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
