//! Open loop: says when to send, on a thread of its own, because timers of the runtime are 1 ms coarse.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

/// The shortest sleep: what falls due within it is announced together.
const REST: Duration = Duration::from_micros(100);

/// A schedule: a message falls due every so often, at one sender after the other.
#[derive(Debug)]
pub struct Pace {
    every: Duration,
    senders: Vec<UnboundedSender<u64>>,
}

/// A schedule that runs until it is dropped.
#[derive(Debug)]
pub struct Pacing {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pace {
    /// `rate` messages a second.
    pub fn new(rate: u32) -> Self {
        Self {
            every: Duration::from_secs(1) / rate.max(1),
            senders: Vec::new(),
        }
    }

    /// A further sender.
    pub fn add(&mut self, sender: UnboundedSender<u64>) {
        self.senders.push(sender);
    }

    /// Starts; `now` is the time in the run, in ns.
    pub fn start(self, now: u64) -> Pacing {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || self.run(now, &stopped));
        Pacing {
            stop,
            thread: Some(thread),
        }
    }

    fn run(self, now: u64, stopped: &AtomicBool) {
        let began = Instant::now();
        let mut due = Duration::ZERO;
        for sender in self.senders.iter().cycle() {
            while began.elapsed() < due {
                thread::sleep((due.saturating_sub(began.elapsed())).max(REST));
            }
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            // A sender that has ended told its reason itself.
            let _ = sender.send(now + u64::try_from(due.as_nanos()).unwrap_or(u64::MAX));
            due += self.every;
        }
    }
}

impl Drop for Pacing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It can't panic; and if it did, the run is over anyway.
            let _ = thread.join();
        }
    }
}
