//! How accounts stand to each other: contacts, blocks, privacy, and who is found by which phone number.

mod growth;

use std::collections::BTreeMap;

use domain::account::Wishes;
use domain::account::privacy::Privacy;
use domain::id::{AccountId, NameKey, Position};
use domain::sealed::Closed;
use infra::db::Column::Int;
use infra::db::{Db, Engine, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::checkpoint;

pub use growth::People;

/// A contact of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who it is.
    pub account: AccountId,
    /// What the account calls it: a [`domain::account::event::ContactName`]; none: nothing of its own.
    pub name: Option<Closed>,
}

/// An account's contacts behind `after`, by id.
pub async fn contacts(db: &Db, owner: AccountId, after: Option<AccountId>, limit: u32) -> Result<Vec<Contact>, Error> {
    let sql = "select contact, name from contacts where account = $1 and contact > $2 order by contact limit $3";
    page(db, sql, owner, after, limit).await?.iter().map(contact).collect()
}

/// Who has an account as a contact, so many at most.
pub async fn having_as_contact(db: &Db, account: AccountId, limit: u32) -> Result<Vec<AccountId>, Error> {
    let query = sqlx::query("select account from contacts where contact = $1 limit $2");
    let rows = query.bind(account.get()).bind(i64::from(limit)).fetch_all(&db.pool).await?;
    rows.iter().map(|row| row.id("account")).collect()
}

/// Those of the accounts that are contacts of an account, by id.
pub async fn contacts_among(db: &Db, owner: AccountId, accounts: &[AccountId]) -> Result<Vec<Contact>, Error> {
    let list = db.engine.int_list("$2");
    let sql = format!("select contact, name from contacts where account = $1 and contact in ({list}) order by contact");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(owner.get()).bind(json(accounts)?);
    query.fetch_all(&db.pool).await?.iter().map(contact).collect()
}

fn contact(row: &AnyRow) -> Result<Contact, Error> {
    Ok(Contact {
        account: row.id("contact")?,
        name: row.json_or_none("name")?,
    })
}

/// Whom an account has blocked, behind `after`, by id.
pub async fn blocked(db: &Db, owner: AccountId, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountId>, Error> {
    let sql = "select other from blocked where account = $1 and other > $2 order by other limit $3";
    let rows = page(db, sql, owner, after, limit).await?;
    rows.iter().map(|row| row.id("other")).collect()
}

async fn page(db: &Db, sql: &'static str, owner: AccountId, after: Option<AccountId>, limit: u32) -> Result<Vec<AnyRow>, Error> {
    let query = sqlx::query(sql)
        .bind(owner.get())
        .bind(after.map_or(0, AccountId::get))
        .bind(i64::from(limit));
    query.fetch_all(&db.pool).await
}

/// Who may do what with an account.
pub async fn privacy(db: &Db, owner: AccountId) -> Result<Privacy, Error> {
    let query = sqlx::query("select privacy from privacy where account = $1").bind(owner.get());
    let row = query.fetch_optional(&db.pool).await?;
    row.map_or_else(|| Ok(Privacy::default()), |row| row.json("privacy"))
}

/// Who has which of the phone numbers with these keys.
pub async fn by_phone(db: &Db, names: &[NameKey]) -> Result<BTreeMap<NameKey, AccountId>, Error> {
    let sql = format!(
        "select name, account from phones where name in ({}) order by added_at, account",
        db.engine.text_list("$1")
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json(names)?).fetch_all(&db.pool).await?;
    // The last one stays.
    rows.iter().map(|row| Ok((row.parsed("name")?, row.id("account")?))).collect()
}

/// What the first of each pair wishes of the second, in their order. The rows have to include `included`.
pub async fn wishes(db: &Db, included: Option<Position>, pairs: &[(AccountId, AccountId)]) -> Result<Vec<Wishes>, Error> {
    let asked: Vec<_> = pairs.iter().enumerate().map(|(index, (owner, of))| (index, owner, of)).collect();
    let sql = AssertSqlSafe(checkpoint::with_stand(db.engine, None, ask(db.engine)));
    let found = sqlx::query(sql).bind(json(&asked)?).fetch_all(&db.pool).await?;
    let mut wishes = vec![Wishes::default(); pairs.len()];
    for row in checkpoint::including(db.engine, found, included)? {
        let answer = usize::try_from(row.int("asked")?).ok().and_then(|asked| wishes.get_mut(asked));
        *answer.expect("the index of a question comes back as it was asked") = Wishes {
            blocked: row.flag("blocked")?,
            contact: row.flag("contact")?,
            privacy: row.json_or_none("privacy")?.unwrap_or_default(),
        };
    }
    Ok(wishes)
}

/// The question of [`wishes`]: `$1` is an array of (number of the question, who wishes, of whom). Who wishes nothing is left out.
pub fn ask(engine: Engine) -> String {
    let [index, owner, of] = [0, 1, 2].map(|index| engine.cell(index, Int));
    // Row by row: each is found by an index, also while the database knows nothing of its tables yet.
    format!(
        "select * from (select {index} as asked, \
         (select count(*) from blocked b where b.account = {owner} and b.other = {of}) as blocked, \
         (select count(*) from contacts c where c.account = {owner} and c.contact = {of}) as contact, \
         (select p.privacy from privacy p where p.account = {owner}) as privacy from {}) w \
         where w.blocked > 0 or w.contact > 0 or w.privacy is not null",
        engine.rows("$1")
    )
}
