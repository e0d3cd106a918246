//! Whose erasure has begun is gone at once, whatever is stored, and also where an older copy of the keys is put back.

use super::*;

#[tokio::test]
async fn who_is_gone_is_erased_while_the_key_is_still_there() {
    let folder = TempDir::new().unwrap();
    let gone = Gone::default();
    let keys = open(&folder).await.unwrap().heeding(gone.clone());
    let (alice, bob, stream) = (account(1), account(2), Stream::System);
    keys.make(&[alice, bob]).await.unwrap();
    let sealed = closed(&keys, alice, &stream, b"hello");
    gone.add([alice]);
    assert_eq!(keys.open_box(&stream, &sealed), Err(Error::Erased(alice)));
    assert_eq!(keys.seal(alice, &stream, b"more"), Err(Error::Erased(alice)));
    assert!(keys.seal(bob, &stream, b"others go on").is_ok());
}

#[tokio::test]
async fn a_key_that_came_back_with_an_older_copy_goes_again() {
    let folder = TempDir::new().unwrap();
    let gone = Gone::default();
    let keys = open(&folder).await.unwrap().heeding(gone.clone());
    let (alice, bob, never, stream) = (account(1), account(2), account(3), Stream::System);
    keys.make(&[alice, bob]).await.unwrap();
    let sealed = closed(&keys, alice, &stream, b"hello");
    gone.add([alice, never]);
    assert_eq!(keys.erase_again().await, Ok(1));
    assert_eq!(keys.erase_again().await, Ok(0));
    let anew = open(&folder).await.unwrap();
    anew.load(&[alice, bob, never]).await.unwrap();
    assert_eq!(anew.open_box(&stream, &sealed), Err(Error::Erased(alice)));
    assert!(anew.seal(bob, &stream, b"others go on").is_ok());
    assert_eq!(
        anew.seal(never, &stream, b"a lost key is no erased one"),
        Err(Error::Missing(never))
    );
}
