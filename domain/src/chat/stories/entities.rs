//! What is found in a text that nobody marked.

use crate::chat::content::EntityKind::{
    self, Bold, BotCommand, Cashtag, Code, Email, Hashtag, Mention, PhoneNumber, Spoiler, TextLink, Url,
};
use crate::chat::{Body, EntityInput};

fn found(text: &str) -> Vec<(EntityKind, String)> {
    formatted(text, vec![])
}

/// All entities, with the words that they are of.
fn formatted(text: &str, entities: Vec<EntityInput>) -> Vec<(EntityKind, String)> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let body = Body::parse(text, entities).expect("it can be said");
    let words = |offset: u32, length: u32| String::from_utf16_lossy(&units[offset as usize..(offset + length) as usize]);
    let entities = body.entities().iter();
    entities.map(|entity| (entity.kind, words(entity.offset, entity.length))).collect()
}

fn mark(kind: EntityKind, offset: u32, length: u32) -> EntityInput {
    EntityInput {
        kind,
        offset,
        length,
        url: (kind == TextLink).then(|| "https://example.org".to_owned()),
        language: None,
        account: None,
    }
}

#[track_caller]
fn finds(kind: EntityKind, texts: &[(&str, &str)]) {
    for (text, words) in texts {
        assert_eq!(found(text), [(kind, (*words).to_owned())], "{text}");
    }
}

#[track_caller]
fn finds_nothing(texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn addresses_are_found_without_what_surrounds_them() {
    finds(
        Url,
        &[
            ("see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d"),
            ("(example.org)", "example.org"),
            ("👍👍 www.example.co.uk/x, thanks", "www.example.co.uk/x"),
            ("HTTP://EXAMPLE.ORG", "HTTP://EXAMPLE.ORG"),
            ("tg://resolve?domain=alice", "tg://resolve?domain=alice"),
            ("https://example.org/@alice/#tag", "https://example.org/@alice/#tag"),
        ],
    );
    finds(Email, &[("to alice@example.org!", "alice@example.org")]);
    finds_nothing(&["e.g. this", "file.unheardof", "3.14", "foo.txtx", "javascript://x", "and.so.on.qqq"]);
}

#[test]
fn hashtags_have_a_letter_and_stand_alone() {
    finds(
        Hashtag,
        &[
            ("#rust", "#rust"),
            ("(#größe_2)", "#größe_2"),
            ("#漢字", "#漢字"),
            ("on #2026q1.", "#2026q1"),
        ],
    );
    finds_nothing(&["#1", "a#b", "##b", "#a#b", "#", "# a"]);
    let longest = format!("#{}", "a".repeat(256));
    finds(Hashtag, &[(&longest, &longest)]);
    finds_nothing(&[&format!("{longest}a")]);
}

#[test]
fn cashtags_are_a_few_capitals() {
    finds(Cashtag, &[("$USD", "$USD"), ("sell $A, now", "$A")]);
    finds_nothing(&["$usd", "$USDx", "US$USD", "$ABCDEFGHI", "$$A", "$5"]);
}

#[test]
fn mentions_are_what_could_be_a_username() {
    finds(Mention, &[("@alice", "@alice"), ("hi @Alice_2: hello", "@Alice_2")]);
    finds_nothing(&["@bob", "@1alice", "a@alice", "@alicé", "@@alice", "@alice@bobby"]);
}

#[test]
fn commands_begin_with_a_slash() {
    finds(
        BotCommand,
        &[
            ("/start", "/start"),
            ("try /help@helper_bot now", "/help@helper_bot"),
            ("/a_1 x", "/a_1"),
        ],
    );
    finds_nothing(&["and/or", "/etc/hosts", "//start", "</b>", "/größe", "1/2"]);
}

#[test]
fn phone_numbers_have_their_country() {
    finds(
        PhoneNumber,
        &[
            ("+1-212-555-0123", "+1-212-555-0123"),
            ("call +44 (20) 7946 0000.", "+44 (20) 7946 0000"),
            ("+12125550123", "+12125550123"),
        ],
    );
    finds_nothing(&["+1", "1 + 2", "+0123456789", "a+12125550123", "+1234567890123456", "+1212555012x"]);
}

#[test]
fn what_the_sender_marked_stands() {
    let text = "see https://example.org";
    assert_eq!(formatted(text, vec![mark(Code, 0, 23)]).len(), 1);
    assert_eq!(formatted(text, vec![mark(TextLink, 4, 19)]).len(), 1);
    assert_eq!(formatted(text, vec![mark(Url, 4, 19)]).len(), 1);
    assert_eq!(formatted(text, vec![mark(Bold, 0, 10)]).len(), 1, "it would cross");
    let kinds = |marked| formatted(text, marked).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds(vec![mark(Bold, 0, 23)]), [Bold, Url]);
    assert_eq!(kinds(vec![mark(Spoiler, 12, 7)]), [Url, Spoiler]);
}

#[test]
fn details_follow_what_they_say_something_of() {
    let body = Body::parse("example.org here", vec![mark(TextLink, 12, 4)]).expect("it can be said");
    assert_eq!(body.text().details.iter().map(|detail| detail.entity).collect::<Vec<_>>(), [1]);
}

#[test]
fn what_is_found_beside_changes_no_command() {
    let json = serde_json::to_value(Body::parse("#rust", vec![]).expect("it can be said")).expect("JSON");
    assert_eq!(json, serde_json::json!({"text": {"text": "#rust"}, "length": 5, "entities": []}));
}

#[test]
fn no_more_is_found_than_there_may_be() {
    assert_eq!(found(&"#a ".repeat(150)).len(), 100);
}
