//! A bounded map: what was not used for a while is dropped, a generation at a time, and never within a batch.

use std::collections::HashMap;
use std::hash::Hash;

/// Keeps at least the `room` most recently used (by weight), at most twice that and one batch's.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    weight: usize,
    room: usize,
}

impl<K: Eq + Hash + Clone, V> Generations<K, V> {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            weight: 0,
            room,
        }
    }

    /// Whether the key is there, which makes it stay.
    pub(crate) fn touch(&mut self, key: &K, weight: impl FnOnce(&V) -> usize) -> bool {
        if self.young.contains_key(key) {
            return true;
        }
        match self.old.remove_entry(key) {
            Some((key, value)) => {
                self.weight += weight(&value);
                self.young.insert(key, value);
                true
            }
            None => false,
        }
    }

    /// A value touched or put in this batch.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.young.get_mut(key)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key)
    }

    pub(crate) fn put(&mut self, key: K, value: V, weight: usize) {
        self.weight += weight;
        self.young.insert(key, value);
    }

    /// Between batches: drops what was not touched since the last time but one.
    pub(crate) fn age(&mut self) {
        if self.weight > self.room {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
        self.weight = 0;
    }
}
