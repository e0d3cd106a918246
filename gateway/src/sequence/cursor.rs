//! Cursors: whether what a client says it has is of this log's history, and where it starts anew if not.

use domain::fact::FactRef;
use domain::id::{AccountId, Seq};
use domain::time::Timestamp;
use infra::commit;
use projections::updates::{self, EPOCH, Place};

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

/// What a client says it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    /// The epoch of `after`.
    pub(crate) epoch: Option<i64>,
    /// The number of the last update that it has, 0 for none yet; absent: it wants only what is new.
    pub(crate) after: Option<u64>,
    /// When that update was recorded.
    pub(crate) at: Option<Timestamp>,
}

impl Claim {
    fn check(self) -> Result<(), Error> {
        let Some(after) = self.after else { return Ok(()) };
        let missing = |what: &str| Err(Error::InvalidRequest(what.to_owned()));
        match (self.epoch, self.at) {
            (None, _) => missing("epoch: must come with after"),
            (Some(_), None) if after > 0 => missing("at: must come with after, that of the same update"),
            (Some(_), _) => Ok(()),
        }
    }
}

/// A place in a device's updates, within the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// An update's number; 0: before the first.
    pub(crate) seq: i64,
    /// When that update was recorded; `None` before the first.
    pub(crate) at: Option<Timestamp>,
}

/// Where a client goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The last update that it has.
    pub(crate) from: Cursor,
    /// The device's last update.
    pub(crate) head: Cursor,
}

/// Where a device's updates begin and end, as the rows have it.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// The device's last update.
    head: Option<Place>,
    /// Up to here they were cleared away; 0: they were not.
    floor: i64,
}

impl Standing {
    fn head(&self) -> i64 {
        self.head.map_or(0, |head| head.seq.get())
    }
}

impl Gateway {
    /// Checks what a client says it has; without `after` it wants only what is new.
    pub(crate) async fn cursor(&self, me: Device, claim: Claim) -> Result<Start, Error> {
        claim.check()?;
        if claim.epoch.is_some_and(|epoch| epoch != EPOCH) {
            return Err(self.start_anew(me).await?);
        }
        let Some(after) = claim.after else {
            let head = self.told(self.standing(me).await?.head).await?;
            return Ok(Start { from: head, head });
        };
        let last = i64::try_from(after).unwrap_or(i64::MAX);
        let standing = {
            let _turn = self.turn().await;
            self.given(me).await?
        };
        let standing = self.sound(me, standing).await?;
        let place = {
            let _turn = self.turn().await;
            self.place(me, last, standing).await?
        };
        if last > standing.head() {
            return Err(self.beyond(me, last).await?);
        }
        if last < standing.floor {
            return Err(self.start_anew(me).await?);
        }
        let from = self.told(place).await?;
        if from.seq != last || (last > 0 && from.at != claim.at) {
            return Err(self.start_anew(me).await?);
        }
        let head = if last == standing.head() {
            from
        } else {
            self.told(standing.head).await?
        };
        Ok(Start { from, head })
    }

    /// The cursor of an update that the device was given.
    pub(crate) async fn cursor_of(&self, me: Device, seq: i64) -> Result<Cursor, Error> {
        let Ok(number) = Seq::try_from(seq) else {
            return Ok(Cursor::default());
        };
        let place = {
            let _turn = self.turn().await;
            updates::place(&self.models, me.account, me.device, number).await?
        };
        let at = self.told(place).await?.at;
        Ok(Cursor { seq, at })
    }

    async fn place(&self, me: Device, last: i64, standing: Standing) -> Result<Option<Place>, Error> {
        if last >= standing.head() {
            return Ok(standing.head);
        }
        let Ok(seq) = Seq::try_from(last) else { return Ok(None) };
        Ok(updates::place(&self.models, me.account, me.device, seq).await?)
    }

    async fn given(&self, me: Device) -> Result<Standing, Error> {
        let head = updates::last(&self.models, me.account, me.device).await?;
        let floor = self.models.state.floor(me.account, me.device).await?;
        let floor = floor.map_or(0, Seq::get);
        Ok(Standing { head, floor })
    }

    /// Waits until whatever is read from now on includes all that the account's devices were told. Where one lane applies everything it does.
    pub(crate) async fn abreast(&self, account: AccountId) -> Result<(), Error> {
        if self.models.lanes() == 1 {
            return Ok(());
        }
        let ahead = {
            let _turn = self.turn().await;
            self.models.ahead(account).await?
        };
        match ahead {
            Some(ahead) => self.includes(ahead).await,
            None => Ok(()),
        }
    }

    /// Where the device's updates begin and end, told once whatever is read from now on includes what they are about: a snapshot that is
    /// taken then lacks nothing up to `head`.
    async fn standing(&self, me: Device) -> Result<Standing, Error> {
        let standing = {
            let _turn = self.turn().await;
            self.given(me).await?
        };
        self.abreast(me.account).await?;
        self.sound(me, standing).await
    }

    /// Cleared away further than the rows go: they are being made anew, and what they say so far is no place to begin at; or that was
    /// in a future that a restored log has lost, and here everything is.
    async fn sound(&self, me: Device, standing: Standing) -> Result<Standing, Error> {
        if standing.floor <= standing.head() {
            return Ok(standing);
        }
        self.level().await?;
        let _turn = self.turn().await;
        let Standing { head, floor } = self.given(me).await?;
        let is_past = floor <= head.map_or(0, |head| head.seq.get());
        let floor = if is_past { floor } else { 0 };
        Ok(Standing { head, floor })
    }

    /// What a client is told that has more than the device was given: to try again, while the read models do not include all of the log;
    /// else to start anew.
    pub(super) async fn beyond(&self, me: Device, last: i64) -> Result<Error, Error> {
        self.level().await?;
        let standing = self.standing(me).await?;
        if last > standing.head() {
            self.resync(standing).await
        } else {
            Ok(Error::Behind)
        }
    }

    /// What a client is told whose cursor is of another epoch or another history, or older than what is kept.
    pub(crate) async fn start_anew(&self, me: Device) -> Result<Error, Error> {
        let standing = self.standing(me).await?;
        self.resync(standing).await
    }

    async fn resync(&self, Standing { head, floor }: Standing) -> Result<Error, Error> {
        let (epoch, head) = (EPOCH, self.told(head).await?);
        Ok(Error::Resync { epoch, head, floor })
    }

    /// An update's place as clients know it. Without a turn: the log may have to be asked.
    async fn told(&self, place: Option<Place>) -> Result<Cursor, Error> {
        let Some(place) = place else { return Ok(Cursor::default()) };
        let at = self.dated(place.at, place.recorded_at).await?;
        Ok(Cursor {
            seq: place.seq.get(),
            at: Some(at),
        })
    }

    /// When a fact was recorded: as its row says or, where there is none, the log.
    pub(super) async fn dated(&self, at: FactRef, row: Option<Timestamp>) -> Result<Timestamp, Error> {
        if let Some(recorded_at) = row {
            return Ok(recorded_at);
        }
        let record = self.log.at(at.position).await?;
        let recorded_at = record.and_then(|record| commit::recorded_at(&record, at.index));
        recorded_at.ok_or_else(|| Error::Unavailable(format!("the log has no fact {} at position {}", at.index, at.position)))
    }
}
