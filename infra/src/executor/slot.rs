//! One aggregate's place in memory: the commands that wait for it, and what is remembered of it while nobody drives it.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::aggregate::Aggregate;
use domain::id::Position;
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
    /// As the cache was told.
    weight: AtomicU32,
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
            weight: AtomicU32::new(LEAST),
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

    /// What is remembered, with the position of its last commit; `None` while a task drives it, too.
    pub(super) fn peek(&self) -> Option<(A, Option<Position>)> {
        let queue = self.queue();
        let memory = queue.memory.as_ref()?;
        Some((memory.state.clone(), memory.position()))
    }

    /// Remembers what was loaded beside, unless somebody drives it, or remembers as much.
    pub(super) fn keep(&self, memory: Memory<A>) {
        let mut queue = self.queue();
        let older = queue.memory.as_ref().is_none_or(|known| known.position() < memory.position());
        if older && !queue.driven {
            queue.memory = Some(memory);
        }
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
pub(super) struct Slots(Cache<Stream, Held>);

/// A slot as the cache holds it.
#[derive(Clone, Debug)]
struct Held {
    slot: Arc<dyn Any + Send + Sync>,
    /// In bytes, about.
    weight: u32,
}

/// What the smallest aggregate weighs with its place and a fact or two, in bytes.
const LEAST: u32 = 2048;

impl Slots {
    /// Aggregates of `most` bytes, about.
    pub(super) fn new(most: u64) -> Self {
        let cache = Cache::builder().max_capacity(most).weigher(|_, held: &Held| held.weight);
        // Least recently used goes first: what was just loaded always stays for its use.
        Self(cache.eviction_policy(EvictionPolicy::lru()).build())
    }

    pub(super) fn slot<A: Aggregate>(&self, id: A::Id) -> Arc<Slot<A>> {
        let stream = A::stream(&id);
        let held = self.0.get(&stream).unwrap_or_else(|| {
            let name = stream.clone();
            self.0.get_with(stream, || Held {
                slot: Arc::new(Slot::<A>::new(id, name)),
                weight: LEAST,
            })
        });
        held.slot.downcast().expect("a stream belongs to one kind of aggregate")
    }

    /// Has a slot weigh what it takes with this memory.
    pub(super) fn weigh<A: Aggregate>(&self, slot: &Arc<Slot<A>>, memory: Option<&Memory<A>>) {
        self.weighs(slot, memory.map_or(0, Memory::size));
    }

    /// Tells the cache only what is much more or less than what it was told last. A slot that was dropped from it stays out.
    fn weighs<A: Aggregate>(&self, slot: &Arc<Slot<A>>, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).saturating_add(LEAST / 2).max(LEAST);
        let told = slot.weight.load(Ordering::Relaxed);
        if bytes <= told && bytes >= told / 4 {
            return;
        }
        let weight = bytes.checked_next_power_of_two().unwrap_or(u32::MAX);
        slot.weight.store(weight, Ordering::Relaxed);
        let held = self.0.get(&slot.stream);
        if held.is_some_and(|held| std::ptr::addr_eq(Arc::as_ptr(&held.slot), Arc::as_ptr(slot))) {
            let slot: Arc<Slot<A>> = Arc::clone(slot);
            self.0.insert(slot.stream.clone(), Held { slot, weight });
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::chat::Chat;
    use domain::id::{ChatId, RoomId};

    use super::*;

    fn settle(slots: &Slots) {
        // Each time it clears away a part.
        for _ in 0..20 {
            slots.0.run_pending_tasks();
        }
    }

    fn chat(number: i64) -> ChatId {
        ChatId::Group(RoomId::try_from(number).unwrap())
    }

    #[test]
    fn what_takes_more_memory_leaves_room_for_fewer() {
        let slots = Slots::new(u64::from(LEAST) * 64);
        for number in 1..=1_000 {
            slots.slot::<Chat>(chat(number));
        }
        settle(&slots);
        assert_eq!(slots.0.entry_count(), 64);
        for number in 1..=1_000 {
            let slot = slots.slot::<Chat>(chat(number));
            slots.weighs(&slot, LEAST as usize * 8);
        }
        settle(&slots);
        assert!(slots.0.weighted_size() <= u64::from(LEAST) * 64);
        assert!((1..=8).contains(&slots.0.entry_count()), "{}", slots.0.entry_count());
    }

    #[test]
    fn a_slot_that_was_dropped_is_not_brought_back() {
        let slots = Slots::new(u64::from(LEAST) * 64);
        let first = slots.slot::<Chat>(chat(1));
        slots.0.invalidate(&first.stream);
        let second = slots.slot::<Chat>(chat(1));
        slots.weighs(&first, LEAST as usize * 8);
        assert!(Arc::ptr_eq(&slots.slot::<Chat>(chat(1)), &second));
        assert!(!Arc::ptr_eq(&first, &second));
    }
}
