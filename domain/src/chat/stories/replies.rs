//! Answers, quotations and mentions.

use super::*;
use crate::chat::command::Quoted;
use crate::chat::content::EntityKind;
use crate::chat::event::Quote;
use crate::chat::{EntityInput, MENTIONS_MAX, Rejection};
use crate::testing::{ALICE, BOB, CAROL, DAVE, account};

fn town() -> Story<Chat> {
    given([
        created(ALICE),
        joined(BOB),
        joined(CAROL),
        said(1, BOB, "one two"),
        said(2, ALICE, "mine"),
    ])
}

fn sent(story: &Story<Chat>, by: AccountId, wanted: Send) -> MessageSent {
    match story.when(by, Command::Send(wanted)).0.as_deref() {
        Ok([Event::MessageSent(sent)]) => sent.clone(),
        other => panic!("{other:?}"),
    }
}

fn quoting(reply_to: Option<i64>, length: u32) -> Send {
    Send {
        reply_to: reply_to.map(message),
        quote: Some(Quote { offset: 0, length }),
        quoted: Some(Quoted {
            of: BOB,
            words: "one".to_owned(),
        }),
        ..Send::plain(body("yes"))
    }
}

fn naming(accounts: impl IntoIterator<Item = AccountId>) -> Send {
    Send {
        named: accounts.into_iter().collect(),
        ..Send::plain(body("you"))
    }
}

#[test]
fn quoted_words_are_sealed_with_the_key_of_who_wrote_them() {
    let sent = sent(&town(), ALICE, quoting(Some(1), 3));
    assert_eq!(sent.quote, Some(Quote { offset: 0, length: 3 }));
    assert_eq!(sent.quoted, Some(Box::new(Sealed::open(BOB, Text::plain("one")))));
    assert_eq!(sent.text, Sealed::open(ALICE, Text::plain("yes")));
}

#[test]
fn a_quotation_is_of_words_that_are_there() {
    town()
        .when(ALICE, Command::Send(quoting(None, 3)))
        .rejected(Rejection::QuoteWithoutReply);
    for length in [0, 1_025] {
        town()
            .when(ALICE, Command::Send(quoting(Some(1), length)))
            .rejected(Rejection::InvalidQuote(message(1)));
    }
    let unfound = Send {
        quoted: None,
        ..quoting(Some(1), 3)
    };
    town()
        .when(ALICE, Command::Send(unfound.clone()))
        .rejected(Rejection::InvalidQuote(message(1)));
    town()
        .given([deleted([1])])
        .when(ALICE, Command::Send(unfound))
        .rejected(Rejection::MessageDeleted(message(1)));
}

#[test]
fn who_is_answered_or_named_is_mentioned_once() {
    let answer = Send {
        reply_to: Some(message(1)),
        ..naming([CAROL, BOB])
    };
    let sent = sent(&town(), ALICE, answer);
    assert_eq!((sent.answers, sent.mentions), (Some(BOB), vec![BOB, CAROL]));
}

#[test]
fn nobody_mentions_oneself_or_who_is_not_there() {
    assert_eq!(sent(&town(), ALICE, naming([ALICE, DAVE])).mentions, []);
    let own = Send {
        reply_to: Some(message(2)),
        ..naming([])
    };
    let sent = sent(&town(), ALICE, own);
    assert_eq!((sent.answers, sent.mentions), (Some(ALICE), vec![]));
}

#[test]
fn who_is_mentioned_by_account_is_mentioned() {
    let mention = EntityInput {
        kind: EntityKind::TextMention,
        offset: 0,
        length: 3,
        url: None,
        language: None,
        account: Some(CAROL),
    };
    let body = Body::parse("you", vec![mention]).expect("all fit");
    assert_eq!(sent(&town(), ALICE, Send::plain(body)).mentions, [CAROL]);
}

#[test]
fn the_other_side_is_mentioned_in_the_first_message_too() {
    let Ok(events) = between(ALICE, BOB).when(ALICE, Command::Send(naming([BOB, CAROL]))).0 else {
        panic!("she may write")
    };
    assert!(matches!(&events[..], [Event::Created(_), Event::MessageSent(sent)] if sent.mentions == [BOB]));
}

#[test]
fn those_named_first_are_mentioned_where_there_are_too_many() {
    let crowd = || (1..=60).rev().map(account);
    let story = given([created(ALICE)]).given(crowd().map(joined));
    let mentions = sent(&story, ALICE, naming(crowd())).mentions;
    let named_first = 61 - i64::try_from(MENTIONS_MAX).expect("a small number")..=60;
    assert_eq!(mentions, named_first.map(account).collect::<Vec<_>>());
}

#[test]
fn an_edit_says_anew_whom_it_mentions() {
    let answer = sent(
        &town(),
        ALICE,
        Send {
            reply_to: Some(message(1)),
            ..naming([CAROL])
        },
    );
    let edit = Command::Edit(Edit::plain(answer.message, body("nobody else")));
    let Ok(events) = town().given([Event::MessageSent(answer)]).when(ALICE, edit).0 else {
        panic!("she may edit it")
    };
    assert!(matches!(&events[..], [Event::MessageEdited(edited)] if edited.mentions == [BOB]));
}

#[test]
fn what_it_says_of_itself_is_recorded() {
    let quiet = Send {
        silent: true,
        protected: true,
        ..Send::plain(body("psst"))
    };
    let sent = sent(&town(), ALICE, quiet);
    assert!(sent.silent && sent.protected);
}
