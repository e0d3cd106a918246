//! How accounts stand with the installation: who is an admin, suspended, to be erased, or gone.

use std::collections::BTreeMap;

use domain::id::AccountId;
use domain::time::Timestamp;
use infra::db::Column::Int;
use infra::db::{BulkUpdate, Db, Writes};
use sqlx::any::AnyRow;
use sqlx::{Any, Error, Executor};

use crate::cells::Cells;

/// How an account stands with the installation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it may administer the installation.
    pub admin: bool,
    /// Since when it is kept from acting; `None`: it may act.
    pub suspended_at: Option<Timestamp>,
    /// From when on it is erased, unless it thinks better of it.
    pub erasure_due_at: Option<Timestamp>,
    /// Since when it is gone, whether its key is already or not.
    pub erased_at: Option<Timestamp>,
}

/// The columns of a [`Standing`].
pub(super) const STANDING: &str = "a.admin, a.suspended_at, a.erasure_due_at, a.erased_at";

pub(super) fn read(row: &AnyRow) -> Result<Standing, Error> {
    Ok(Standing {
        admin: row.flag("admin")?,
        suspended_at: row.time_or_none("suspended_at")?,
        erasure_due_at: row.time_or_none("erasure_due_at")?,
        erased_at: row.time_or_none("erased_at")?,
    })
}

/// The accounts that are gone, all of them.
pub(crate) async fn gone<'e>(rows: impl Executor<'e, Database = Any>) -> Result<Vec<AccountId>, Error> {
    let query = sqlx::query("select account from accounts where erased_at is not null");
    query.fetch_all(rows).await?.iter().map(|row| row.id("account")).collect()
}

/// Accounts that are to be erased by now, and since when, behind `after`: those that are due for the longest time first, at most `limit`.
pub async fn due(db: &Db, after: Option<(AccountId, Timestamp)>, now: Timestamp, limit: u32) -> Result<Vec<(AccountId, Timestamp)>, Error> {
    let (account, due_at) = after.map_or((0, i64::MIN), |(account, due_at)| (account.get(), due_at.0));
    let query = sqlx::query(
        "select account, erasure_due_at from accounts where erasure_due_at is not null and erasure_due_at <= $1 \
         and (erasure_due_at > $2 or (erasure_due_at = $2 and account > $3)) order by erasure_due_at, account limit $4",
    );
    let query = query.bind(now.0).bind(due_at).bind(account).bind(i64::from(limit));
    let rows = query.fetch_all(&db.pool).await?;
    let due = |row: &AnyRow| Ok((row.id("account")?, row.time("erasure_due_at")?));
    rows.iter().map(due).collect()
}

const ADMINS: BulkUpdate = BulkUpdate {
    table: "accounts",
    keys: &[("account", Int)],
    set: &[("admin", Int)],
    only: "",
};

const SUSPENDED: BulkUpdate = BulkUpdate {
    set: &[("suspended_at", Int)],
    ..ADMINS
};

const DUE: BulkUpdate = BulkUpdate {
    set: &[("erasure_due_at", Int)],
    ..ADMINS
};

const ERASED: BulkUpdate = BulkUpdate {
    set: &[("erased_at", Int)],
    only: "and accounts.erased_at is null",
    ..ADMINS
};

/// What a batch does to accounts' standing: what each column holds from now on.
#[derive(Default)]
pub(super) struct Changes {
    admins: BTreeMap<AccountId, u8>,
    suspended: BTreeMap<AccountId, Option<Timestamp>>,
    due_at: BTreeMap<AccountId, Option<Timestamp>>,
    erased: BTreeMap<AccountId, Timestamp>,
}

impl Changes {
    pub(super) fn promoted(&mut self, account: AccountId) {
        self.admins.insert(account, 1);
    }

    pub(super) fn demoted(&mut self, account: AccountId) {
        self.admins.insert(account, 0);
    }

    pub(super) fn suspended(&mut self, account: AccountId, since: Option<Timestamp>) {
        self.suspended.insert(account, since);
    }

    pub(super) fn due(&mut self, account: AccountId, due_at: Option<Timestamp>) {
        self.due_at.insert(account, due_at);
    }

    /// Who is gone has no standing any more.
    pub(super) fn gone(&mut self, account: AccountId, since: Timestamp) {
        self.demoted(account);
        self.suspended(account, None);
        self.due(account, None);
        self.erased.entry(account).or_insert(since);
    }

    pub(super) async fn write(self, writes: &mut Writes<'_>) -> Result<(), Error> {
        ADMINS.update(writes, &Vec::from_iter(self.admins)).await?;
        SUSPENDED.update(writes, &Vec::from_iter(self.suspended)).await?;
        DUE.update(writes, &Vec::from_iter(self.due_at)).await?;
        ERASED.update(writes, &Vec::from_iter(self.erased)).await
    }
}
