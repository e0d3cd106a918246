//! Where streams end, remembered for those used lately.

use std::collections::HashMap;

use domain::stream::Stream;

/// Streams remembered in each of two generations.
const GENERATION: usize = 200_000;

/// The last position of each stream used lately (0: the stream is empty). Two generations: a full young one becomes the old
/// one, whose unused entries are forgotten with it.
#[derive(Debug, Default)]
pub(super) struct Lasts {
    young: HashMap<Stream, i64>,
    old: HashMap<Stream, i64>,
}

impl Lasts {
    pub(super) fn get(&self, stream: &Stream) -> Option<i64> {
        self.young.get(stream).or_else(|| self.old.get(stream)).copied()
    }

    pub(super) fn set(&mut self, stream: &Stream, last: i64) {
        if let Some(known) = self.young.get_mut(stream) {
            *known = last;
            return;
        }
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(stream.clone(), last);
    }

    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use domain::id::AccountId;

    use super::*;

    fn stream(number: usize) -> Stream {
        Stream::Account(AccountId::try_from(i64::try_from(number).unwrap() + 1).unwrap())
    }

    #[test]
    fn memory_is_bounded_and_never_stale() {
        let mut lasts = Lasts::default();
        lasts.set(&stream(0), 1);
        for number in 1..=GENERATION {
            lasts.set(&stream(number), 2);
        }
        assert_eq!(lasts.get(&stream(0)), Some(1), "one generation old");
        lasts.set(&stream(0), 7);
        assert_eq!(lasts.get(&stream(0)), Some(7), "the young entry hides the old");
        for number in 1..=2 * GENERATION {
            lasts.set(&stream(number), 3);
        }
        assert_eq!(lasts.get(&stream(0)), None);
        assert!(lasts.young.len() + lasts.old.len() <= 2 * GENERATION);
    }
}
