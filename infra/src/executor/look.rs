//! Looks at an aggregate as of its stream's end, for what must not be stale and is no command: who a name belongs to, what of a factor is kept.

use std::sync::Arc;
use std::time::Duration;

use domain::aggregate::Aggregate;
use domain::id::Position;
use domain::stream::Stream;
use tokio::time::Instant;

use super::memory::Memory;
use super::slot::Slot;
use super::trouble::{Trouble, in_time, within};
use super::{Error, Executor, Shared};

/// How long a reader of the log that is behind what it said itself is left alone.
const PAUSE: Duration = Duration::from_millis(5);

impl Executor {
    /// The aggregate with everything that was in its stream when this was called. What is decided on it may be out of date at once: a command
    /// that must not be says what it saw.
    pub async fn look<A: Aggregate>(&self, id: A::Id) -> Result<A, Error<A::Rejection>> {
        let shared = &self.shared;
        let _place = Arc::clone(&shared.places).try_acquire_owned().map_err(|_| shared.overloaded())?;
        let slot = shared.slots.slot::<A>(id);
        Ok(look(shared, &slot).await?)
    }
}

async fn look<A: Aggregate>(shared: &Shared, slot: &Arc<Slot<A>>) -> Result<A, Trouble> {
    let included = shared.recall.checkpoint();
    if let Some((state, position)) = slot.peek()
        && end(shared, &slot.stream).await? == position
    {
        return Ok(state);
    }
    let memory = load(shared, slot, included).await?;
    let state = memory.state.clone();
    shared.slots.weigh(slot, Some(&memory));
    slot.keep(memory);
    Ok(state)
}

/// Beside whoever may drive it: what is loaded here is another process's memory as much as this one's.
async fn load<A: Aggregate>(shared: &Shared, slot: &Slot<A>, included: Option<Position>) -> Result<Memory<A>, Trouble> {
    let deadline = Instant::now() + shared.limits.patience;
    let mut memory = Memory::begin(shared, &slot.id, &slot.stream, included).await?;
    loop {
        let came = memory.catch_up(shared, &slot.stream, included, deadline).await?;
        if end(shared, &slot.stream).await? == memory.position() {
            return Ok(memory);
        }
        in_time(deadline, "others keep writing")?;
        if came == 0 {
            // A copy of the log that is behind was read, or a memory of what is not there any more.
            tokio::time::sleep(PAUSE).await;
            memory = Memory::begin(shared, &slot.id, &slot.stream, included).await?;
        }
    }
}

async fn end(shared: &Shared, stream: &Stream) -> Result<Option<Position>, Trouble> {
    within(shared.limits.call, "the log", shared.log.last(stream)).await
}
