//! Keys and logs that are or are not each other's.

use domain::id::{AccountId, LogId};
use tempfile::TempDir;
use uuid::Uuid;

use super::{account, open};
use crate::seal::{Error, StillKeys};

const RIGHT: LogId = LogId(Uuid::from_u128(1));
const WRONG: LogId = LogId(Uuid::from_u128(2));
const REFUSED: Result<bool, Error> = Err(Error::OtherLog {
    found: RIGHT,
    expected: WRONG,
});

#[tokio::test]
async fn keys_are_those_of_one_log() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    // They are nobody's yet: which log they are of may be corrected, but not to one whose accounts have others.
    assert_eq!(keys.are_of(WRONG).await, Ok(false));
    assert_eq!(keys.take(WRONG, &[]).await, Ok(()));
    assert_eq!(keys.are_of(RIGHT).await, Ok(false));
    assert_eq!(keys.take(RIGHT, &[account(1)]).await, Err(Error::UnknownLog(RIGHT)));
    assert_eq!(keys.take(RIGHT, &[]).await, Ok(()));
    keys.make(&[account(1)]).await.unwrap();
    assert_eq!(keys.are_of(RIGHT).await, Ok(true));
    assert_eq!(keys.are_of(WRONG).await, REFUSED);
    keys.disconnect().await;
    let keys = open(&folder).await.unwrap();
    assert_eq!(keys.are_of(WRONG).await, REFUSED);
    // But if somebody knows better.
    keys.are_said_to_be_of(WRONG).await.unwrap();
    assert_eq!(keys.are_of(WRONG).await, Ok(true));
    assert!(keys.are_of(RIGHT).await.is_err());
    keys.disconnect().await;
}

#[tokio::test]
async fn keys_that_remember_no_log_are_those_of_the_log_whose_accounts_they_have() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    keys.make(&[account(1), account(2)]).await.unwrap();
    keys.erase(account(2)).await.unwrap();
    let nobody: &[AccountId] = &[];
    for strangers in [nobody, &[account(3), account(4)]] {
        assert_eq!(keys.are_of(WRONG).await, Ok(false));
        assert_eq!(keys.take(WRONG, strangers).await, Err(Error::UnknownLog(WRONG)), "{strangers:?}");
    }
    assert_eq!(keys.are_of(RIGHT).await, Ok(false), "nothing was remembered");
    assert_eq!(keys.take(RIGHT, &[account(3), account(2)]).await, Ok(()));
    assert_eq!(keys.are_of(WRONG).await, REFUSED);
    keys.disconnect().await;
    let mut still = StillKeys::open(&folder.path().join("keys.db")).await.unwrap();
    assert_eq!(still.log().await.unwrap(), Some(RIGHT));
    still.close().await.unwrap();
}
