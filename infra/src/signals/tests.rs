//! What signals promise within a process.

use futures::FutureExt as _;

use super::*;

const ALICE: AccountId = AccountId::MIN;
const PHONE: DeviceId = DeviceId::MIN;

fn laptop() -> DeviceId {
    PHONE.next().unwrap()
}

fn code(number: u32) -> Signal {
    Signal::SignInCode {
        code: format!("{number:06}").parse().unwrap(),
        expires_at: Timestamp(5),
    }
}

fn all() -> Audience {
    Audience {
        account: ALICE,
        except: None,
    }
}

#[tokio::test]
async fn every_device_that_is_online_is_told_but_the_one_that_is_left_out() {
    let signals = Local::default();
    assert!(!signals.tell(all(), code(1)).await, "nobody is online");
    let (mut phone, mut tablet) = (signals.attach(ALICE, PHONE), signals.attach(ALICE, laptop()));
    assert!(signals.tell(all(), code(2)).await);
    let but_the_phone = Audience {
        except: Some(PHONE),
        ..all()
    };
    assert!(signals.tell(but_the_phone, code(3)).await);
    assert_eq!(*phone.next().await, code(2));
    assert_eq!(phone.next().now_or_never(), None);
    assert_eq!((*tablet.next().await).clone(), code(2));
    assert_eq!((*tablet.next().await).clone(), code(3));
    drop(tablet);
    assert!(!signals.tell(but_the_phone, code(4)).await, "it has left");
}

#[tokio::test]
async fn another_account_is_told_nothing() {
    let signals = Local::default();
    let mut bob = signals.attach(AccountId::try_from(2).unwrap(), PHONE);
    assert!(!signals.tell(all(), code(1)).await);
    assert_eq!(bob.next().now_or_never(), None);
}

#[tokio::test]
async fn who_takes_nothing_in_loses_signals_and_costs_nobody_anything() {
    let signals = Local::default();
    let mut stuck = signals.attach(ALICE, PHONE);
    let mut taken = 0;
    while signals.tell(all(), code(taken)).await {
        taken += 1;
        assert!(taken < 100, "its queue grows");
    }
    let mut quick = signals.attach(ALICE, laptop());
    assert!(signals.tell(all(), code(1_000)).await, "the other one takes it");
    assert_eq!(*quick.next().await, code(1_000));
    for number in 0..taken {
        assert_eq!(*stuck.next().await, code(number));
    }
    assert!(signals.tell(all(), code(1_001)).await, "there is room again");
    assert_eq!(*stuck.next().await, code(1_001));
}

#[tokio::test]
async fn however_many_type_a_code_gets_through_and_goes_first() {
    let signals = Local::default();
    let mut phone = signals.attach(ALICE, PHONE);
    let typing = Signal::Typing {
        chat: ChatId::direct(ALICE, AccountId::try_from(2).unwrap()),
        account: AccountId::try_from(2).unwrap(),
        action: Action::Typing,
        until: Timestamp(5),
    };
    for _ in 0..1_000 {
        signals.spread(vec![ALICE], typing.clone()).await;
    }
    assert!(signals.tell(all(), code(1)).await);
    assert_eq!(*phone.next().await, code(1));
    assert_eq!(*phone.next().await, typing);
}

#[tokio::test]
async fn who_is_there_is_known_as_long_as_a_session_is_open() {
    let signals = Local::default();
    assert!(!signals.is_there(ALICE).await);
    let (phone, tablet) = (signals.attach(ALICE, PHONE), signals.attach(ALICE, laptop()));
    drop(phone);
    assert!(signals.is_there(ALICE).await);
    drop(tablet);
    assert!(!signals.is_there(ALICE).await);
}

#[test]
fn a_signal_is_told_with_its_code_and_never_shown_with_it() {
    let json = serde_json::to_string(&code(12_345)).unwrap();
    assert_eq!(json, r#"{"type":"sign_in_code","code":"012345","expires_at":5}"#);
    assert_eq!(serde_json::from_str::<Signal>(&json).unwrap(), code(12_345));
    let shown = format!("{:?}", code(12_345));
    assert!(!shown.contains("012345"), "{shown}");
}

#[tokio::test]
async fn what_is_spread_reaches_those_who_are_named_and_here() {
    let signals = Local::default();
    let [bob, carol] = [2, 3].map(|id| AccountId::try_from(id).unwrap());
    let mut phones = [ALICE, bob, carol].map(|account| signals.attach(account, PHONE));
    let dave = AccountId::try_from(4).unwrap();
    assert_eq!(signals.reachable(&[bob, dave]), [bob]);
    let typing = Signal::Typing {
        chat: ChatId::direct(ALICE, bob),
        account: ALICE,
        action: Action::Typing,
        until: Timestamp(5),
    };
    signals.spread(vec![bob, carol, dave], typing.clone()).await;
    assert_eq!(phones[0].next().now_or_never(), None);
    for phone in &mut phones[1..] {
        assert_eq!(*phone.next().await, typing);
    }
}
