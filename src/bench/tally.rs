//! What a run counts, shared by everything on the generator's one thread.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::message::Tag;

/// Latencies are kept from 1 µs to 10 minutes with three digits.
const MAX_MICROS: u64 = 600_000_000;

/// What a run counts.
#[derive(Debug)]
pub struct Tally {
    /// Identifies the run's command ids.
    pub run: u32,
    began: Instant,
    measuring: Cell<bool>,
    latency: RefCell<Histogram<u64>>,
    deliveries: Cell<u64>,
    refusals: Cell<u64>,
    refusal: RefCell<Option<String>>,
    /// Which messages were acknowledged, by sender.
    acknowledged: RefCell<Vec<Vec<bool>>>,
}

impl Tally {
    /// Counts for this many senders, from now on.
    pub fn new(senders: usize) -> Self {
        Self {
            run: std::process::id(),
            began: Instant::now(),
            measuring: Cell::new(false),
            latency: RefCell::new(Histogram::new_with_bounds(1, MAX_MICROS, 3).expect("the bounds are fixed and valid")),
            deliveries: Cell::new(0),
            refusals: Cell::new(0),
            refusal: RefCell::new(None),
            acknowledged: RefCell::new(vec![Vec::new(); senders]),
        }
    }

    /// Time in the run, in ns.
    pub fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).expect("a run lasts less than 584 years")
    }

    /// From now on, or no longer, deliveries count.
    pub fn measure(&self, measuring: bool) {
        self.measuring.set(measuring);
    }

    /// A message that was meant to be sent at `at` came in.
    pub fn delivered(&self, at: u64) {
        if self.measuring.get() {
            self.deliveries.set(self.deliveries.get() + 1);
            let micros = (self.now().saturating_sub(at) / 1000).clamp(1, MAX_MICROS);
            self.latency.borrow_mut().saturating_record(micros);
        }
    }

    /// The server promised that this message is not lost.
    pub fn acknowledge(&self, tag: Tag) {
        let mut all = self.acknowledged.borrow_mut();
        let (sender, count) = (&mut all[usize::from(tag.sender)], tag.count as usize);
        if sender.len() <= count {
            sender.resize((count + 1).next_power_of_two(), false);
        }
        sender[count] = true;
    }

    /// The server refused a message.
    pub fn refused(&self, error: &[u8]) {
        self.refusals.set(self.refusals.get() + 1);
        self.refusal
            .borrow_mut()
            .get_or_insert_with(|| String::from_utf8_lossy(&error[..error.len().min(300)]).into_owned());
    }

    /// What was counted.
    pub fn counts(self) -> Counts {
        Counts {
            latency: self.latency.into_inner(),
            deliveries: self.deliveries.get(),
            refusals: self.refusals.get(),
            refusal: self.refusal.into_inner(),
            acknowledged: self.acknowledged.into_inner(),
        }
    }
}

/// What a run counted.
#[derive(Debug)]
pub struct Counts {
    /// In µs, of each delivery.
    pub latency: Histogram<u64>,
    /// While it was measured.
    pub deliveries: u64,
    /// All along.
    pub refusals: u64,
    /// The first one's words.
    pub refusal: Option<String>,
    /// Which messages were acknowledged, by sender.
    pub acknowledged: Vec<Vec<bool>>,
}

/// How long a run lasts.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Length {
    /// Seconds that are measured
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Seconds before that, which are not
    #[arg(long, value_name = "S", default_value_t = 3)]
    warm_up: u64,
}

impl Length {
    /// What is measured.
    pub fn measured(self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// What is not.
    pub fn warm_up(self) -> Duration {
        Duration::from_secs(self.warm_up)
    }
}
