//! From what the feed or the table says to frames, without a gap or a repetition.

use axum::extract::ws::Message;
use domain::id::Seq;
use projections::feed::{Delivery, Update};

use super::outgoing;
use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{Opener, Packer, owner, with_command};

/// What a delivery is to a client that has everything up to some number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It has all of it already.
    Old,
    /// It goes on behind the first so many updates of the delivery.
    Next(usize),
    /// Something is missing in between: read the table.
    Gap,
}

/// How `count` updates from `first` fit behind `last`.
pub(super) fn fit(last: i64, first: Seq, count: usize) -> Fit {
    let (first, count) = (first.get(), i64::try_from(count).unwrap_or(i64::MAX));
    if first.saturating_add(count) - 1 <= last {
        Fit::Old
    } else if first > last + 1 {
        Fit::Gap
    } else {
        Fit::Next(usize::try_from(last + 1 - first).expect("first is at most last + 1"))
    }
}

/// The frames of a delivery, without its first `skip` updates. Receivers of the same list share its rendering.
pub(super) async fn live(gateway: &Gateway, device: Device, delivery: &Delivery, skip: usize) -> Result<Vec<Message>, Error> {
    let facts = &delivery.updates.facts;
    let owners: Vec<_> = facts.iter().filter_map(|update| owner(&update.fact.event)).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    let joined = delivery.updates.joined(|facts| join(&opener, facts));
    let own = facts.iter().any(|update| device.asked_for(&update.fact));
    if skip == 0 && !own && joined.len() <= gateway.config.frame_updates_bytes {
        return Ok(vec![outgoing::updates(delivery.first, joined)]);
    }
    let first = delivery.first.get() + i64::try_from(skip).unwrap_or(i64::MAX);
    let mut packer = packer(gateway, Seq::try_from(first).unwrap_or(Seq::MAX));
    let mut frames = Vec::new();
    for update in &facts[skip..] {
        let body = update.body(|fact| opener.body(fact));
        let full = if device.asked_for(&update.fact) {
            packer.push(&with_command(body, update.fact.command))
        } else {
            packer.push(body)
        };
        frames.extend(full);
    }
    frames.extend(packer.take());
    Ok(frames.iter().map(|(first, joined)| outgoing::updates(*first, joined)).collect())
}

/// A packer with this gateway's limits.
pub(super) fn packer(gateway: &Gateway, first: Seq) -> Packer {
    Packer::new(first, gateway.config.frame_updates_max, gateway.config.frame_updates_bytes)
}

fn join(opener: &Opener<'_>, facts: &[std::sync::Arc<Update>]) -> std::sync::Arc<str> {
    if let [only] = facts {
        return std::sync::Arc::clone(only.body(|fact| opener.body(fact)));
    }
    let bodies: Vec<&str> = facts.iter().map(|update| &**update.body(|fact| opener.body(fact))).collect();
    bodies.join(",").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_next_fits() {
        let fit = |last, first, count| fit(last, Seq::try_from(first).unwrap(), count);
        assert_eq!(fit(0, 1, 1), Fit::Next(0));
        assert_eq!(fit(5, 6, 3), Fit::Next(0));
        assert_eq!(fit(5, 4, 3), Fit::Next(2));
        assert_eq!(fit(5, 4, 2), Fit::Old);
        assert_eq!(fit(5, 1, 1), Fit::Old);
        assert_eq!(fit(5, 7, 1), Fit::Gap);
    }
}
