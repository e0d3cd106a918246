//! What may break, how, and in which order: drawn from a shuffled deck, so that each kind comes before any comes again.

use std::time::Duration;

use heliograph_tests::Backend;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

/// What may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The server is killed without warning.
    ServerKilled,
    /// The server is told to stop.
    ServerStopped,
    /// The server stands still, without knowing.
    ServerStalled,
    /// No file in the server's data folder can grow.
    DiskFull,
    /// The server's wall clock jumps to hours ahead.
    ClockAhead,
    /// The server's wall clock jumps to hours behind.
    ClockBehind,
    /// The log answers nobody: embedded, somebody holds its file; else the broker stands still.
    LogStalled,
    /// The broker is killed.
    BrokerKilled,
    /// The database is killed.
    DatabaseKilled,
    /// The database stands still.
    DatabaseStalled,
    /// Server, broker and database are killed.
    EverythingKilled,
}

impl Fault {
    /// Those of any backend.
    const ANYWHERE: [Self; 7] = [
        Self::ServerKilled,
        Self::ServerStopped,
        Self::ServerStalled,
        Self::DiskFull,
        Self::ClockAhead,
        Self::ClockBehind,
        Self::LogStalled,
    ];
    /// Those of what only a cluster has.
    const OF_A_CLUSTER: [Self; 4] = [
        Self::BrokerKilled,
        Self::DatabaseKilled,
        Self::DatabaseStalled,
        Self::EverythingKilled,
    ];

    fn of(backend: &Backend) -> Vec<Self> {
        match backend {
            Backend::Embedded => Self::ANYWHERE.to_vec(),
            Backend::Clustered { .. } => [&Self::ANYWHERE[..], &Self::OF_A_CLUSTER].concat(),
        }
    }
}

/// A fault, and the particulars.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Blow {
    /// How long nothing happens before it.
    pub(super) pause: Duration,
    pub(super) fault: Fault,
    /// How long it lasts, where it is up to us.
    pub(super) outage: Duration,
    /// Whether the server is killed and started again while it lasts, and so has to wait for what it needs.
    pub(super) restart: bool,
    /// How far a clock jumps: so far that all its times are of one day, for which accepted commands are remembered.
    pub(super) hours: i64,
}

/// What may break on a backend, shuffled.
#[derive(Debug)]
pub(super) struct Deck {
    faults: Vec<Fault>,
    dealt: usize,
}

impl Deck {
    pub(super) fn of(backend: &Backend) -> Self {
        Self {
            faults: Fault::of(backend),
            dealt: 0,
        }
    }

    /// Whether each fault has come at least once.
    pub(super) fn all_came(&self) -> bool {
        self.dealt >= self.faults.len()
    }

    /// The next one.
    pub(super) fn deal(&mut self, chance: &mut StdRng) -> Blow {
        let next = self.dealt % self.faults.len();
        if next == 0 {
            self.faults.shuffle(chance);
        }
        self.dealt += 1;
        let fault = self.faults[next];
        // Long enough that some appends are given up, short enough that some are not.
        let longest = if fault == Fault::LogStalled { 8000 } else { 3000 };
        Blow {
            pause: Duration::from_millis(chance.random_range(200..3000)),
            fault,
            outage: Duration::from_millis(chance.random_range(0..longest)),
            restart: chance.random_bool(0.3),
            hours: chance.random_range(1..=8),
        }
    }
}

#[test]
fn every_fault_comes_before_any_comes_again_and_a_seed_says_when() {
    use rand::SeedableRng as _;

    let deal = |seed: u64| {
        let (mut deck, mut chance) = (Deck::of(&Backend::Embedded), StdRng::seed_from_u64(seed));
        let round: Vec<Blow> = std::iter::repeat_with(|| deck.deal(&mut chance))
            .take(Fault::ANYWHERE.len())
            .collect();
        assert!(deck.all_came());
        round
    };
    let dealt = deal(7);
    assert!(Fault::ANYWHERE.iter().all(|fault| dealt.iter().any(|blow| blow.fault == *fault)));
    assert_eq!(dealt, deal(7));
    assert_ne!(dealt, deal(8));
}
