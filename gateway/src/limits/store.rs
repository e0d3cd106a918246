//! What is remembered of those who ask: some bytes each, and of no more than so many.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard};

use governor::nanos::Nanos;
use governor::state::StateStore;

/// Of so many something is remembered, at most.
pub(super) const KEYS_MAX: usize = 100_000;
/// In so many parts, so that those who ask at once rarely meet.
const SHARDS: usize = 64;

/// When each of them has a whole burst again. Where it is full, those go who have it soonest: by asking under many names nobody
/// gets off who has asked too often.
pub(super) struct Store<K> {
    shards: Box<[Mutex<Shard<K>>]>,
    hasher: RandomState,
}

type Shard<K> = HashMap<K, Nanos, RandomState>;

impl<K> Default for Store<K> {
    fn default() -> Self {
        let hasher = RandomState::new();
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(HashMap::with_hasher(hasher.clone()))).collect(),
            hasher,
        }
    }
}

impl<K: Hash> Store<K> {
    fn shard(&self, key: &K) -> MutexGuard<'_, Shard<K>> {
        let hash = self.hasher.hash_one(key);
        // The table takes its place from the lower bits, its tag from the highest.
        let shard = usize::try_from((hash >> 32) & (SHARDS as u64 - 1)).expect("it is below the number of shards");
        self.shards[shard].lock().expect("nobody panics while holding it")
    }
}

impl<K: Hash + Eq + Copy> StateStore for Store<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut shard = self.shard(key);
        if let Some(state) = shard.get_mut(key) {
            let (answer, next) = decide(Some(*state))?;
            *state = next;
            return Ok(answer);
        }
        let (answer, next) = decide(None)?;
        if shard.len() >= KEYS_MAX / SHARDS {
            make_room(&mut shard);
        }
        shard.insert(*key, next);
        Ok(answer)
    }
}

/// Forgets the half that has a whole burst again soonest.
fn make_room<K: Hash + Eq>(shard: &mut Shard<K>) {
    let mut states: Vec<Nanos> = shard.values().copied().collect();
    let middle = states.len() / 2;
    let (_, median, _) = states.select_nth_unstable(middle);
    let median = *median;
    shard.retain(|_, state| *state > median);
}

impl<K> fmt::Debug for Store<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(store: &Store<usize>, key: usize, at: u64) {
        let set: Result<(), ()> = store.measure_and_replace(&key, |_| Ok(((), Nanos::new(at))));
        assert_eq!(set, Ok(()));
    }

    fn known(store: &Store<usize>, key: usize) -> Option<Nanos> {
        store.measure_and_replace(&key, Err::<((), Nanos), _>).unwrap_err()
    }

    fn count(store: &Store<usize>) -> usize {
        store.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
    }

    #[test]
    fn it_never_remembers_more_than_it_may() {
        let store = Store::default();
        for key in 0..5 * KEYS_MAX {
            set(&store, key, key as u64);
            if key % 10_000 == 0 {
                assert!(count(&store) <= KEYS_MAX, "{}", count(&store));
            }
        }
        assert!(count(&store) > KEYS_MAX / 3, "{}", count(&store));
    }

    #[test]
    fn who_asked_most_is_not_forgotten_for_those_who_ask_once() {
        let store = Store::default();
        for key in 0..100 {
            set(&store, key, 1_000_000_000);
        }
        for key in 1000..1000 + 3 * KEYS_MAX {
            set(&store, key, 1000);
        }
        assert!((0..100).all(|key| known(&store, key) == Some(Nanos::new(1_000_000_000))));
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let store = Store::default();
        set(&store, 1, 7);
        assert_eq!(known(&store, 1), Some(Nanos::new(7)));
        assert_eq!(known(&store, 2), None);
        assert_eq!(count(&store), 1);
    }
}
