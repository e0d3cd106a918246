//! Channels: who posts, who runs them, what they are called.

use super::*;
use crate::account::UsernameText;
use crate::account::event::Username;
use crate::chat::event::{MemberBanned, MessageEdited, UsernameChanged, UsernameRefused, UsernameRequested};
use crate::chat::{ADMINS_MAX, Rejection};
use crate::sealed::Closed;
use crate::testing::{ALICE, BOB, CAROL, CHANNEL, DAVE, account, name_key, reactor};

/// Alice owns the channel; Bob posts; Carol may change what it is called; everybody else follows it at most.
fn gazette() -> Story<Chat> {
    Story::of(CHANNEL).given([
        created(ALICE),
        became(BOB, admin([Right::PostMessages])),
        became(CAROL, admin([Right::ChangeInfo])),
    ])
}

#[test]
fn a_channel_begins_with_its_owner_alone() {
    let channel = Story::<Chat>::of(CHANNEL);
    channel.when(ALICE, create([])).happens([created(ALICE)]);
    channel.when(ALICE, create([BOB])).rejected(Rejection::NotAGroup);
    gazette().when(BOB, create([])).rejected(Rejection::AlreadyExists);
}

#[test]
fn only_who_has_the_right_posts() {
    gazette().when(ALICE, say("news")).happens([said(1, ALICE, "news")]);
    gazette().when(BOB, say("news")).happens([said(1, BOB, "news")]);
    gazette()
        .when(CAROL, say("news"))
        .rejected(Rejection::MissingRight(Right::PostMessages));
    gazette().when(DAVE, say("news")).rejected(Rejection::NotAMember);
}

#[test]
fn whose_post_is_answered_nobody_is_told() {
    let story = gazette().given([said(1, BOB, "news")]);
    let said = story.when(ALICE, answer(1, "old news")).0.expect("it may be answered");
    let [Event::MessageSent(sent)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((sent.reply_to, sent.answers, sent.mentions.len()), (Some(message(1)), None, 0));
}

#[test]
fn posts_of_others_are_edited_and_deleted_by_who_may() {
    let story = gazette().given([
        said(1, BOB, "news"),
        became(DAVE, admin([Right::EditMessages, Right::DeleteMessages])),
    ]);
    let edited = body("olds");
    story.when(DAVE, edit(1, "olds")).happens([Event::MessageEdited(MessageEdited {
        message: message(1),
        length: edited.length(),
        entities: Vec::new(),
        mentions: Vec::new(),
        text: Sealed::open(DAVE, edited.text()),
    })]);
    story
        .when(CAROL, edit(1, "olds"))
        .rejected(Rejection::MissingRight(Right::EditMessages));
    story.when(DAVE, delete([1])).happens([deleted([1])]);
    story
        .when(CAROL, delete([1]))
        .rejected(Rejection::MissingRight(Right::DeleteMessages));
}

#[test]
fn who_posts_no_more_has_no_posts_of_its_own_any_more() {
    let story = gazette().given([said(1, BOB, "news"), became(BOB, admin([Right::PinMessages]))]);
    story
        .when(BOB, edit(1, "olds"))
        .rejected(Rejection::MissingRight(Right::EditMessages));
    story
        .when(BOB, delete([1]))
        .rejected(Rejection::MissingRight(Right::DeleteMessages));
    let story = story.given([became(BOB, admin([Right::PostMessages]))]);
    assert!(story.when(BOB, edit(1, "olds")).0.is_ok());
    story.when(BOB, delete([1])).happens([deleted([1])]);
}

#[test]
fn a_post_tells_nothing_of_who_runs_the_channel() {
    let story = gazette().given([said(1, BOB, "news")]);
    let Ok(events) = story.when(ALICE, answer(1, "indeed")).0 else {
        panic!("she may answer")
    };
    let [Event::MessageSent(sent)] = &events[..] else {
        panic!("one message")
    };
    assert_eq!((sent.reply_to, sent.answers, &sent.mentions[..]), (Some(message(1)), None, &[][..]));
}

#[test]
fn a_subscriber_becomes_an_admin_and_a_subscriber_again() {
    let poster = || admin([Right::PostMessages]);
    gazette().when(ALICE, set_role(DAVE, poster())).happens([became(DAVE, poster())]);
    gazette().when(ALICE, set_role(DAVE, Role::Member)).changes_nothing();
    gazette()
        .when(ALICE, set_role(BOB, Role::Member))
        .happens([became(BOB, Role::Member)]);
    let story = gazette().given([became(BOB, Role::Member)]);
    story.when(BOB, say("news")).rejected(Rejection::NotAMember);
    assert!(!story.state.members.contains_key(&BOB));
}

#[test]
fn a_channel_has_so_many_admins() {
    let poster = || admin([Right::PostMessages]);
    let admins = (1_000i64..).take(ADMINS_MAX - 3).map(|number| became(account(number), poster()));
    let story = gazette().given(admins);
    story.when(ALICE, set_role(DAVE, poster())).rejected(Rejection::TooManyAdmins);
    let more = admin([Right::PostMessages, Right::ChangeInfo]);
    story.when(ALICE, set_role(BOB, more.clone())).happens([became(BOB, more)]);
}

#[test]
fn nobody_is_added_to_a_channel_or_removed_from_it() {
    gazette().when(ALICE, add(DAVE)).rejected(Rejection::NotAGroup);
    gazette().when(ALICE, remove(BOB)).rejected(Rejection::NotAGroup);
}

#[test]
fn an_owner_who_leaves_is_followed_by_an_admin() {
    gazette()
        .when(ALICE, Command::Leave)
        .happens([left(ALICE), became(BOB, Role::Owner)]);
    gazette().when(DAVE, Command::Leave).rejected(Rejection::NotAMember);
    let deserted = gazette().given([became(BOB, Role::Member), became(CAROL, Role::Member)]);
    deserted.when(ALICE, Command::Leave).happens([left(ALICE)]);
}

#[test]
fn who_is_banned_does_not_come_to_run_it() {
    let banned = Event::MemberBanned(MemberBanned {
        account: DAVE,
        until: None,
    });
    let story = gazette().given([banned]);
    let poster = || admin([Right::PostMessages]);
    story.when(ALICE, set_role(DAVE, poster())).rejected(Rejection::Banned(DAVE));
    story.when(ALICE, set_role(DAVE, Role::Member)).changes_nothing();
}

// Usernames.

fn wants(digit: char) -> Command {
    Command::RequestUsername {
        name: name_key(digit),
        username: UsernameText::parse("gazette").expect("a username"),
    }
}

fn requested(by: AccountId, digit: char) -> Event {
    let username = "gazette".to_owned();
    Event::UsernameRequested(UsernameRequested {
        name: name_key(digit),
        username: Sealed::open(by, Username { username }),
    })
}

fn closed() -> Closed {
    Closed {
        of: ALICE,
        cipher: "AQ".to_owned(),
    }
}

fn named(name: Option<char>, former: Option<char>) -> Event {
    Event::UsernameChanged(UsernameChanged {
        name: name.map(name_key),
        former: former.map(name_key),
        username: name.map(|_| Sealed::Closed(closed())),
    })
}

fn adopt(digit: char) -> Command {
    Command::AdoptUsername {
        name: name_key(digit),
        username: closed(),
    }
}

#[test]
fn a_channel_asks_for_a_username_and_goes_by_it() {
    gazette().when(CAROL, wants('a')).happens([requested(CAROL, 'a')]);
    let story = gazette().given([requested(CAROL, 'a')]);
    story.when(ALICE, wants('a')).changes_nothing();
    story.when(reactor(), adopt('a')).happens([named(Some('a'), None)]);
    let story = story.given([named(Some('a'), None)]);
    story.when(ALICE, wants('a')).changes_nothing();
    story.when(reactor(), adopt('a')).changes_nothing();
    let story = story.given([requested(ALICE, 'b')]);
    story.when(reactor(), adopt('b')).happens([named(Some('b'), Some('a'))]);
}

#[test]
fn what_is_not_asked_for_is_not_adopted() {
    let name = || name_key('a');
    gazette()
        .when(reactor(), Command::WantUsername { name: name() })
        .rejected(Rejection::UsernameNotRequested);
    gazette().when(reactor(), adopt('a')).rejected(Rejection::UsernameNotRequested);
    gazette()
        .when(reactor(), Command::RefuseUsername { name: name() })
        .changes_nothing();
    let story = gazette().given([requested(ALICE, 'a')]);
    story.when(reactor(), Command::WantUsername { name: name() }).changes_nothing();
    let refused = Event::UsernameRefused(UsernameRefused { name: name() });
    story
        .when(reactor(), Command::RefuseUsername { name: name() })
        .happens([refused.clone()]);
    story
        .given([refused])
        .when(reactor(), adopt('a'))
        .rejected(Rejection::UsernameNotRequested);
}

#[test]
fn a_username_is_given_up() {
    gazette().when(ALICE, Command::DropUsername).changes_nothing();
    let story = gazette().given([requested(ALICE, 'a'), named(Some('a'), None)]);
    story.when(ALICE, Command::DropUsername).happens([named(None, Some('a'))]);
    story
        .when(BOB, Command::DropUsername)
        .rejected(Rejection::MissingRight(Right::ChangeInfo));
}

#[test]
fn a_username_is_sealed_anew_for_who_asks_again() {
    let story = gazette().given([requested(ALICE, 'a'), named(Some('a'), None)]);
    story.when(ALICE, wants('a')).changes_nothing();
    story.when(CAROL, wants('a')).happens([requested(CAROL, 'a')]);
    let story = story.given([requested(CAROL, 'a')]);
    story.when(reactor(), adopt('a')).happens([named(Some('a'), None)]);
}

#[test]
fn a_channel_that_nobody_runs_goes_by_no_username() {
    let story = gazette().given([requested(ALICE, 'a'), named(Some('a'), None)]);
    let alone = story.given([left(BOB), left(CAROL)]);
    alone.when(ALICE, Command::Leave).happens([left(ALICE), named(None, Some('a'))]);
    let vacate = Command::Vacate { account: ALICE };
    alone.when(reactor(), vacate).happens([left(ALICE), named(None, Some('a'))]);
    gazette()
        .given([left(BOB), left(CAROL)])
        .when(ALICE, Command::Leave)
        .happens([left(ALICE)]);
}

#[test]
fn only_channels_have_usernames_and_only_reactors_adopt_them() {
    given([created(ALICE)]).when(ALICE, wants('a')).rejected(Rejection::NotAChannel);
    gazette().when(ALICE, adopt('a')).rejected(Rejection::DevicesOnly);
    gazette().when(reactor(), Command::Leave).rejected(Rejection::DevicesOnly);
}
