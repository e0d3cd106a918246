//! From what the feed or the table says to frames, without a gap or a repetition.

use std::sync::Arc;

use axum::extract::ws::Message;
use domain::fact::Fact;
use domain::id::Seq;
use projections::feed::{Delivery, Update, Updates};
use projections::reactions::Counts;
use projections::updates;

use super::outgoing;
use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::rendering::{Opener, Packer, owners, with_command};

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
pub(super) async fn live<'a>(gateway: &'a Gateway, me: Device, delivery: &'a Delivery, skip: usize) -> Result<Frames<'a>, Error> {
    let joined = match delivery.updates.rendered() {
        Some(joined) => joined,
        None => render(gateway, &delivery.updates).await?,
    };
    let facts = &delivery.updates.facts;
    let own = facts.iter().any(|update| me.asked_for(&update.fact));
    if skip == 0 && !own && joined.len() <= gateway.config.frame_updates_bytes {
        return Ok(Frames::Whole(Some(outgoing::updates(delivery.first, joined))));
    }
    let first = delivery.first.get() + i64::try_from(skip).unwrap_or(i64::MAX);
    Ok(Frames::Packed {
        me,
        packer: packer(gateway, Seq::try_from(first).unwrap_or(Seq::MAX)),
        opener: Opener::for_accounts(&gateway.keys, &[]).await?,
        rest: facts[skip..].iter(),
    })
}

/// Frames, each made when it is its turn: a session holds one at a time.
pub(super) enum Frames<'a> {
    /// The list as all its receivers get it.
    Whole(Option<Message>),
    /// Packed for this device.
    Packed {
        me: Device,
        packer: Packer,
        opener: Opener<'a>,
        rest: std::slice::Iter<'a, Arc<Update>>,
    },
}

impl Iterator for Frames<'_> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        match self {
            Self::Whole(frame) => frame.take(),
            Self::Packed { me, packer, opener, rest } => {
                let full = rest.find_map(|update| {
                    // Rendered with the list: nothing is opened here.
                    let body = update.body(|fact| opener.body(fact));
                    if me.asked_for(&update.fact) {
                        packer.push(&with_command(body, update.fact.command))
                    } else {
                        packer.push(body)
                    }
                });
                let (first, joined) = full.or_else(|| packer.take())?;
                Some(outgoing::updates(first, &joined))
            }
        }
    }
}

/// Renders a list for all its receivers.
async fn render<'a>(gateway: &Gateway, updates: &'a Updates) -> Result<&'a Arc<str>, Error> {
    let owners: Vec<_> = updates.facts.iter().flat_map(|update| owners(&update.fact.event)).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    let counts = gateway.reacted(updates.facts.iter().map(|update| &*update.fact)).await?;
    Ok(updates.joined(|facts| join(opener, &counts, facts)))
}

/// A packer with this gateway's limits.
pub(super) fn packer(gateway: &Gateway, first: Seq) -> Packer {
    Packer::new(first, gateway.config.frame_updates_max, gateway.config.frame_updates_bytes)
}

fn join(opener: Opener<'_>, counts: &Counts, facts: &[Arc<Update>]) -> Arc<str> {
    let body = |fact: &Fact| match updates::reacted_message(fact) {
        Some(message) => opener
            .reaction_body(fact, counts.get(&message).map(Vec::as_slice).unwrap_or_default())
            .into(),
        None => opener.body(fact),
    };
    if let [only] = facts {
        return Arc::clone(only.body(body));
    }
    let bodies: Vec<&str> = facts.iter().map(|update| &**update.body(body)).collect();
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
