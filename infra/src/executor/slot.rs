//! One aggregate's place in memory: the commands that wait for it, and what is remembered of it while nobody drives it.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::aggregate::Aggregate;
use domain::stream::Stream;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use super::ahead::Claim;
use super::memory::Memory;
use super::scope::CommandKey;
use super::{Accepted, Done, Error, Request};

/// What a command is answered.
pub(super) type Answer<A> = Result<Done, Error<<A as Aggregate>::Rejection>>;

/// A command that waits for its aggregate.
pub(super) struct Waiting<A: Aggregate> {
    pub(super) request: Request<A::Command>,
    pub(super) key: CommandKey,
    /// The command as JSON, for its digest.
    pub(super) payload: Vec<u8>,
    /// Keyed; empty until it is made.
    pub(super) digest: String,
    /// Where it was accepted before, as the read models know it.
    pub(super) first: Option<Accepted>,
    pub(super) since: Instant,
    pub(super) claim: Option<Claim>,
    /// A place among all commands under way, given back with the answer.
    pub(super) place: OwnedSemaphorePermit,
    pub(super) caller: oneshot::Sender<Answer<A>>,
}

impl<A: Aggregate> Waiting<A> {
    pub(super) fn answer(self, answer: Answer<A>) {
        drop(self.claim);
        drop(self.place);
        // A caller that gave up needs no answer.
        let _ = self.caller.send(answer);
    }
}

/// An aggregate's place in memory.
pub(super) struct Slot<A: Aggregate> {
    pub(super) id: A::Id,
    pub(super) stream: Stream,
    queue: Mutex<Queue<A>>,
}

struct Queue<A: Aggregate> {
    waiting: VecDeque<Waiting<A>>,
    /// Whether a task drives it; that task then holds the memory.
    driven: bool,
    memory: Option<Memory<A>>,
}

impl<A: Aggregate> Slot<A> {
    fn new(id: A::Id, stream: Stream) -> Self {
        let queue = Queue {
            waiting: VecDeque::new(),
            driven: false,
            memory: None,
        };
        Self {
            id,
            stream,
            queue: Mutex::new(queue),
        }
    }

    /// Queues a command unless `most` wait already. True: nobody drives it, the caller has to see to it.
    pub(super) fn push(&self, waiting: Waiting<A>, most: usize) -> Result<bool, Full> {
        let mut queue = self.queue();
        if queue.waiting.len() >= most {
            return Err(Full);
        }
        queue.waiting.push_back(waiting);
        Ok(!std::mem::replace(&mut queue.driven, true))
    }

    /// What is remembered, for the task that begins to drive.
    pub(super) fn begin(&self) -> Option<Memory<A>> {
        self.queue().memory.take()
    }

    /// Fills the batch up to `most` commands.
    pub(super) fn fill(&self, batch: &mut VecDeque<Waiting<A>>, most: usize) {
        let mut queue = self.queue();
        let room = most.saturating_sub(batch.len()).min(queue.waiting.len());
        batch.extend(queue.waiting.drain(..room));
    }

    /// Ends driving, unless commands wait.
    pub(super) fn rest(&self, memory: &mut Option<Memory<A>>) -> bool {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.memory = memory.take();
            queue.driven = false;
        }
        !queue.driven
    }

    fn queue(&self) -> MutexGuard<'_, Queue<A>> {
        // Each change is complete before anything could panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The queue is full.
#[derive(Debug)]
pub(super) struct Full;

/// The aggregates in memory. One that is dropped while commands wait for it lives on with them; a second one beside it is
/// like another process: the log decides.
#[derive(Debug)]
pub(super) struct Slots(Cache<Stream, Arc<dyn Any + Send + Sync>>);

impl Slots {
    pub(super) fn new(most: u64) -> Self {
        // Least recently used goes first: what was just loaded always stays for its use.
        Self(Cache::builder().max_capacity(most).eviction_policy(EvictionPolicy::lru()).build())
    }

    pub(super) fn slot<A: Aggregate>(&self, id: A::Id) -> Arc<Slot<A>> {
        let stream = A::stream(&id);
        let slot = self.0.get(&stream).unwrap_or_else(|| {
            let name = stream.clone();
            self.0.get_with(stream, || Arc::new(Slot::<A>::new(id, name)))
        });
        slot.downcast().expect("a stream belongs to one kind of aggregate")
    }
}
