//! What sealing promises: round trips, nothing opens elsewhere, erased is gone from every file.

mod belonging;
mod gone;

use std::collections::HashSet;
use std::path::Path;

use domain::account::Event as AccountEvent;
use domain::account::event::{Profile, Registered};
use domain::id::DeviceId;
use domain::sealed::Sealed;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

fn account(id: i64) -> AccountId {
    AccountId::try_from(id).unwrap()
}

fn url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("keys.db").display())
}

async fn open(folder: &TempDir) -> Result<Keys, Error> {
    let (db, clock) = (Keys::connect(&url(folder)).await?, Clock::system());
    let master = MasterKey::from_file_or_create(&folder.path().join("master.key"), &db, &clock).await?;
    Keys::open(db, &master, clock).await
}

fn closed(keys: &Keys, of: AccountId, stream: &Stream, text: &[u8]) -> Closed {
    let cipher = keys.seal(of, stream, text).unwrap();
    Closed { of, cipher }
}

#[tokio::test]
async fn what_was_sealed_opens_in_its_own_stream_with_its_own_key_alone() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    let (alice, bob) = (account(1), account(2));
    let (here, there) = (Stream::Account(alice), Stream::Account(bob));
    assert_eq!(keys.seal(alice, &here, b"hello"), Err(Error::NotReady(alice)));
    keys.make(&[alice, bob, alice]).await.unwrap();
    let sealed = closed(&keys, alice, &here, b"hello");
    assert_eq!(keys.open_box(&here, &sealed).as_deref(), Ok(b"hello".as_slice()));
    assert!(matches!(keys.open_box(&there, &sealed), Err(Error::Damaged(_))));
    assert!(keys.open_box(&here, &Closed { of: bob, ..sealed.clone() }).is_err());
    assert_ne!(sealed, closed(&keys, alice, &here, b"hello"), "a nonce is used once");
}

#[tokio::test]
async fn a_box_with_any_character_changed_or_missing_does_not_open() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    let (alice, stream) = (account(1), Stream::System);
    keys.make(&[alice]).await.unwrap();
    let sealed = closed(&keys, alice, &stream, b"hello");
    for place in 0..sealed.cipher.len() {
        let mut changed = sealed.cipher.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let cipher = String::from_utf8(changed).unwrap();
        assert!(keys.open_box(&stream, &Closed { of: alice, cipher }).is_err(), "changed at {place}");
        let cipher = sealed.cipher[..place].to_owned();
        assert!(keys.open_box(&stream, &Closed { of: alice, cipher }).is_err(), "cut at {place}");
    }
}

#[tokio::test]
async fn an_events_sealed_part_closes_and_opens_again() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    let (alice, stream) = (account(1), Stream::Account(account(1)));
    keys.make(&[alice]).await.unwrap();
    let (name, bio) = ("Alice".to_owned(), None);
    let profile = Sealed::open(alice, Profile { name, bio });
    let written = Event::Account(AccountEvent::Registered(Registered { bot: false, profile }));
    let mut event = written.clone();
    keys.close(&stream, &mut event).unwrap();
    assert!(!serde_json::to_string(&event).unwrap().contains("Alice"));
    let stored = event.clone();
    keys.close(&stream, &mut event).unwrap();
    assert_eq!(event, stored, "what is closed stays as it is");
    keys.reveal(&stream, &mut event);
    assert_eq!(event, written);
}

#[tokio::test]
async fn keys_and_everything_derived_outlive_a_restart() {
    let folder = TempDir::new().unwrap();
    let (alice, stream, command) = (account(1), Stream::System, CommandId(Uuid::from_u128(7)));
    let by = Actor::Device(alice, DeviceId::MIN);
    let service = Actor::Service("admin".to_owned());
    let keys = open(&folder).await.unwrap();
    keys.make(&[alice]).await.unwrap();
    let sealed = closed(&keys, alice, &stream, b"hello");
    let derived = |keys: &Keys| {
        (
            keys.digest(&by, &stream, b"{}").unwrap(),
            keys.digest(&service, &stream, b"{}").unwrap(),
            keys.name_key("username", "alice"),
            keys.draw("1", command, 0),
            keys.import_id(command),
        )
    };
    let before = derived(&keys);
    drop(keys);
    let keys = open(&folder).await.unwrap();
    assert_eq!(keys.open_box(&stream, &sealed), Err(Error::NotReady(alice)));
    keys.load(&[alice, account(2)]).await.unwrap();
    assert_eq!(keys.open_box(&stream, &sealed).as_deref(), Ok(b"hello".as_slice()));
    assert_eq!(
        keys.seal(account(2), &stream, b""),
        Err(Error::Missing(account(2))),
        "loading makes no keys"
    );
    assert_eq!(derived(&keys), before);
    assert_eq!((before.0.len(), before.1.len()), (32, 32));
    assert_ne!(before.0, before.1);
    assert_ne!(keys.draw("1", command, 1), before.3);
    assert_ne!(keys.name_key("usernam", "ealice"), before.2);
    assert_ne!(keys.import_id(CommandId(Uuid::from_u128(8))), before.4);
}

#[tokio::test]
async fn an_imports_ids_are_made_with_the_installations_secret() {
    let given = CommandId(Uuid::from_u128(7));
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (one, other) = (open(&one).await.unwrap(), open(&other).await.unwrap());
    assert_eq!(one.import_id(given).0.get_version_num(), 8);
    assert_ne!(one.import_id(given), given);
    assert_ne!(
        one.import_id(given),
        other.import_id(given),
        "who has the log alone can't make them from a name"
    );
}

#[tokio::test]
async fn what_is_erased_stays_erased_and_no_new_key_is_made() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    let (alice, bob, never, stream) = (account(1), account(2), account(3), Stream::System);
    keys.make(&[alice, bob]).await.unwrap();
    let sealed = closed(&keys, alice, &stream, b"hello");
    keys.erase(alice).await.unwrap();
    keys.erase(never).await.unwrap();
    for keys in [keys, open(&folder).await.unwrap()] {
        assert_eq!(keys.make(&[alice, bob, never]).await, Ok(()));
        assert_eq!(keys.seal(never, &stream, b"first"), Err(Error::Erased(never)));
        keys.load(&[alice]).await.unwrap();
        assert_eq!(keys.open_box(&stream, &sealed), Err(Error::Erased(alice)));
        assert_eq!(keys.seal(alice, &stream, b"more"), Err(Error::Erased(alice)));
        assert!(keys.seal(bob, &stream, b"others go on").is_ok());
    }
}

#[tokio::test]
async fn after_an_erasure_no_file_holds_the_key_nor_its_wrapping() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    // Enough for the table's tree to split and move rows about, in an order of its own.
    let accounts: Vec<AccountId> = (1..3000).map(|n: i64| account(n * 7_919_777_777 % ((1 << 40) - 1) + 1)).collect();
    for some in accounts.chunks(100) {
        keys.make(some).await.unwrap();
    }
    let db = Keys::connect(&url(&folder)).await.unwrap();
    let rows: Vec<(i64, String)> = sqlx::query_as("select account, wrapped from account_keys")
        .fetch_all(&db.pool)
        .await
        .unwrap();
    db.close().await;
    let erased: Vec<AccountId> = accounts.iter().copied().step_by(300).collect();
    let wrapped = |of: AccountId| &rows.iter().find(|(account, _)| *account == of.get()).unwrap().1;
    let of = |accounts: &[AccountId]| accounts.iter().map(|account| wrapped(*account).clone()).collect::<Vec<_>>();
    assert!(files_hold_any(folder.path(), &of(&erased)), "the search finds what is there");
    for account in &erased {
        keys.erase(*account).await.unwrap();
    }
    assert!(!files_hold_any(folder.path(), &of(&erased)));
    assert!(files_hold_any(folder.path(), &of(&accounts[1..2])), "others' keys are kept");
}

/// A fragment so long occurs nowhere by chance, and so short outlives a partial overwriting.
const FRAGMENT: usize = 12;

/// Whether any file holds any fragment of any of these.
fn files_hold_any(folder: &Path, what: &[String]) -> bool {
    let fragments: HashSet<&[u8]> = what.iter().flat_map(|text| text.as_bytes().windows(FRAGMENT)).collect();
    let file = |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry.unwrap().path()).unwrap();
    let mut files = std::fs::read_dir(folder).unwrap().map(file);
    files.any(|bytes| bytes.windows(FRAGMENT).any(|window| fragments.contains(window)))
}

#[tokio::test]
async fn a_damaged_key_is_its_own_accounts_trouble() {
    let folder = TempDir::new().unwrap();
    let (alice, bob) = (account(1), account(2));
    open(&folder).await.unwrap().make(&[alice, bob]).await.unwrap();
    let db = Keys::connect(&url(&folder)).await.unwrap();
    // Alice's row holds what was wrapped for Bob.
    let swap = "update account_keys set wrapped = (select wrapped from account_keys where account = 2) where account = 1";
    sqlx::query(swap).execute(&db.pool).await.unwrap();
    let keys = open(&folder).await.unwrap();
    keys.make(&[alice, bob]).await.unwrap();
    assert!(matches!(keys.seal(alice, &Stream::System, b""), Err(Error::Damaged(_))));
    assert!(keys.seal(bob, &Stream::System, b"").is_ok());
    let found = keys.unusable(&[alice, bob]).await.unwrap();
    assert_eq!((found.missing, found.damaged), (vec![], vec![alice]));
}

#[tokio::test]
async fn a_lost_key_is_not_an_erased_one_and_comes_back_with_its_row() {
    let folder = TempDir::new().unwrap();
    let (alice, bob, carol, stream) = (account(1), account(2), account(3), Stream::System);
    let keys = open(&folder).await.unwrap();
    keys.make(&[alice, bob, carol]).await.unwrap();
    let sealed = closed(&keys, alice, &stream, b"hello");
    keys.erase(bob).await.unwrap();
    let db = Keys::connect(&url(&folder)).await.unwrap();
    let ask = |sql: &'static str| sqlx::query(sql).execute(&db.pool);
    ask("create table away as select * from account_keys where account = 1")
        .await
        .unwrap();
    ask("delete from account_keys where account = 1").await.unwrap();
    let keys = open(&folder).await.unwrap();
    keys.load(&[alice, bob, carol]).await.unwrap();
    assert_eq!(keys.open_box(&stream, &sealed), Err(Error::Missing(alice)));
    assert_eq!(keys.seal(alice, &stream, b"more"), Err(Error::Missing(alice)));
    assert_eq!(keys.seal(bob, &stream, b"more"), Err(Error::Erased(bob)));
    let found = keys.unusable(&[alice, bob, carol]).await.unwrap();
    assert_eq!((found.missing, found.damaged), (vec![alice], vec![]));
    ask("insert into account_keys select * from away").await.unwrap();
    let keys = open(&folder).await.unwrap();
    keys.load(&[alice]).await.unwrap();
    assert_eq!(keys.open_box(&stream, &sealed).as_deref(), Ok(b"hello".as_slice()));
}

#[tokio::test]
async fn what_was_looked_for_in_vain_can_be_made_at_once() {
    let folder = TempDir::new().unwrap();
    let (alice, keys) = (account(1), open(&folder).await.unwrap());
    keys.load(&[alice]).await.unwrap();
    assert_eq!(keys.seal(alice, &Stream::System, b""), Err(Error::Missing(alice)));
    keys.make(&[alice]).await.unwrap();
    assert!(keys.seal(alice, &Stream::System, b"").is_ok());
}

#[tokio::test]
async fn a_wrong_master_key_is_refused_and_nothing_is_changed() {
    let folder = TempDir::new().unwrap();
    open(&folder).await.unwrap().make(&[account(1)]).await.unwrap();
    let wrong = MasterKey::from_hex(&"ab".repeat(32)).unwrap();
    let db = Keys::connect(&url(&folder)).await.unwrap();
    assert_eq!(Keys::open(db, &wrong, Clock::system()).await.unwrap_err(), Error::WrongMaster);
    let keys = open(&folder).await.unwrap();
    keys.load(&[account(1)]).await.unwrap();
    assert!(keys.seal(account(1), &Stream::System, b"").is_ok());
}

#[tokio::test]
async fn a_file_that_is_not_whole_is_refused_as_it_is() {
    let folder = TempDir::new().unwrap();
    open(&folder).await.unwrap().disconnect().await;
    let path = folder.path().join("keys.db");
    let whole = std::fs::read(&path).unwrap();
    for damaged in [whole[..5_000].to_vec(), vec![7; 5_000]] {
        std::fs::write(&path, &damaged).unwrap();
        let refused = Keys::connect(&url(&folder)).await.map(drop);
        assert!(matches!(refused, Err(Error::Damaged(_))), "{refused:?}");
        assert!(std::fs::read(&path).unwrap() == damaged, "nothing is written to it");
    }
    std::fs::write(&path, &whole).unwrap();
    open(&folder).await.unwrap();
}

#[tokio::test]
async fn keys_without_their_master_key_are_refused_and_no_other_is_made() {
    let folder = TempDir::new().unwrap();
    open(&folder).await.unwrap();
    let path = folder.path().join("master.key");
    std::fs::rename(&path, folder.path().join("elsewhere")).unwrap();
    assert_eq!(open(&folder).await.unwrap_err(), Error::MasterMissing(path.clone()));
    assert!(!path.exists());
    std::fs::rename(folder.path().join("elsewhere"), &path).unwrap();
    open(&folder).await.unwrap();
}

#[tokio::test]
async fn the_master_keys_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    open(&folder).await.unwrap();
    let path = folder.path().join("master.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(open(&folder).await, Err(Error::MasterFile { .. })));
}

#[test]
fn a_master_key_is_64_hexadecimal_digits() {
    assert!(MasterKey::from_hex(&"0aF9".repeat(16)).is_some());
    assert!(MasterKey::from_hex(&"0g".repeat(32)).is_none());
    assert!(MasterKey::from_hex(&"00".repeat(31)).is_none());
    assert!(MasterKey::from_hex("").is_none());
}

#[tokio::test]
#[ignore = "measures; run it with --release --nocapture"]
async fn sealing_takes_about_a_microsecond() {
    let folder = TempDir::new().unwrap();
    let keys = open(&folder).await.unwrap();
    let (alice, stream) = (account(1), Stream::Account(account(1)));
    keys.make(&[alice]).await.unwrap();
    let start = std::time::Instant::now();
    let rounds = 200_000;
    for _ in 0..rounds {
        std::hint::black_box(keys.seal(alice, &stream, std::hint::black_box(&[7; 100])).unwrap());
    }
    println!("seal: {:?}", start.elapsed() / rounds);
    let (start, sealed) = (std::time::Instant::now(), closed(&keys, alice, &stream, &[7; 100]));
    for _ in 0..rounds {
        std::hint::black_box(keys.open_box(&stream, std::hint::black_box(&sealed)).unwrap());
    }
    println!("open: {:?}", start.elapsed() / rounds);
    let start = std::time::Instant::now();
    let by = Actor::Device(alice, DeviceId::MIN);
    for _ in 0..rounds {
        std::hint::black_box(keys.digest(&by, &stream, std::hint::black_box(&[7; 150])).unwrap());
    }
    println!("digest: {:?}", start.elapsed() / rounds);
}
