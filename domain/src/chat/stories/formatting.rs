//! What a message may say, and how it may be formatted.

use crate::chat::content::{Detail, Entity, EntityKind};
use crate::chat::{Body, EntityInput, InvalidBody, InvalidEntity, TitleText};
use crate::testing::ALICE;
use crate::text::InvalidText;

fn bold(offset: u32, length: u32) -> EntityInput {
    formatted(EntityKind::Bold, offset, length)
}

fn formatted(kind: EntityKind, offset: u32, length: u32) -> EntityInput {
    EntityInput {
        kind,
        offset,
        length,
        url: None,
        language: None,
        account: None,
    }
}

fn link(url: Option<&str>) -> EntityInput {
    EntityInput {
        url: url.map(str::to_owned),
        ..formatted(EntityKind::TextLink, 0, 1)
    }
}

fn code(language: &str) -> EntityInput {
    EntityInput {
        language: Some(language.to_owned()),
        ..formatted(EntityKind::Pre, 0, 1)
    }
}

fn refused(text: &str, entities: impl Into<Vec<EntityInput>>) -> Option<InvalidBody> {
    Body::parse(text, entities.into()).err()
}

fn refused_entity(entity: EntityInput) -> Option<InvalidEntity> {
    match refused("hello", [entity]) {
        Some(InvalidBody::Entity(0, reason)) => Some(reason),
        None => None,
        Some(other) => panic!("{other}"),
    }
}

#[test]
fn a_text_is_kept_exactly_as_sent() {
    let text = "  two\n\tlines ";
    assert_eq!(Body::parse(text, vec![]).map(|body| body.text().text).as_deref(), Ok(text));
}

#[test]
fn a_text_has_something_to_see() {
    for blank in [
        "",
        " ",
        "\n\t ",
        "\u{200b}",
        "\u{3164} \u{feff}",
        "\u{fe0f}",
        "\u{e0001}\u{e0041}\u{e007f}",
        "\u{e0100}",
        "\u{34f}\u{61c}",
        "\u{180b}\u{17b4}\u{2064}",
        "\u{1d173}",
    ] {
        assert_eq!(refused(blank, []), Some(InvalidBody::Blank), "{blank:?}");
    }
    for seen in ["\u{2764}\u{fe0f}", "\u{301}", "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}", "\u{202e}a"] {
        assert_eq!(refused(seen, []), None, "{seen:?}");
    }
}

#[test]
fn a_text_has_at_most_4096_code_points_however_many_code_units() {
    let longest = "👍".repeat(4_096);
    assert_eq!(Body::parse(&longest, vec![]).map(|body| body.length()), Ok(8_192));
    assert_eq!(refused(&"a".repeat(4_097), []), Some(InvalidBody::TooLong));
}

#[test]
fn a_text_has_no_control_characters_but_line_feed_and_tab() {
    for text in ["a\0", "a\rb", "\u{1b}[31mred", "a\u{85}b", "a\u{7f}"] {
        assert_eq!(refused(text, []), Some(InvalidBody::ControlCharacter), "{text:?}");
    }
}

#[test]
fn entities_are_put_in_order_by_offset_the_longer_first() {
    let body = Body::parse("hello", vec![bold(3, 2), bold(0, 2), formatted(EntityKind::Italic, 0, 5)]);
    let order: Vec<_> = body
        .expect("nested")
        .entities()
        .iter()
        .map(|entity| (entity.offset, entity.length))
        .collect();
    assert_eq!(order, [(0, 5), (0, 2), (3, 2)]);
}

#[test]
fn what_entities_say_is_sealed_and_follows_them_when_they_are_put_in_order() {
    let code = EntityInput { offset: 2, ..code("rust") };
    let mention = EntityInput {
        account: Some(ALICE),
        ..formatted(EntityKind::TextMention, 1, 1)
    };
    let body = Body::parse("hello", vec![code, mention, link(Some("https://example.org"))]).expect("all fit");
    let detail = |entity, url: Option<&str>, language: Option<&str>| Detail {
        entity,
        url: url.map(str::to_owned),
        language: language.map(str::to_owned),
    };
    assert_eq!(
        body.text().details,
        [detail(0, Some("https://example.org"), None), detail(2, None, Some("rust"))]
    );
    let entity = |kind, offset, account| Entity {
        kind,
        offset,
        length: 1,
        account,
    };
    assert_eq!(
        body.entities(),
        [
            entity(EntityKind::TextLink, 0, None),
            entity(EntityKind::TextMention, 1, Some(ALICE)),
            entity(EntityKind::Pre, 2, None)
        ]
    );
}

#[test]
fn an_entity_lies_within_the_text() {
    assert_eq!(refused_entity(bold(0, 5)), None);
    assert_eq!(refused_entity(bold(0, 0)), Some(InvalidEntity::Empty));
    assert_eq!(refused_entity(bold(1, 5)), Some(InvalidEntity::OutOfRange));
    assert_eq!(refused_entity(bold(5, 1)), Some(InvalidEntity::OutOfRange));
    assert_eq!(refused_entity(bold(u32::MAX, u32::MAX)), Some(InvalidEntity::OutOfRange));
}

#[test]
fn an_entity_does_not_split_a_character() {
    let splits = |index| Some(InvalidBody::Entity(index, InvalidEntity::SplitsCharacter));
    assert_eq!(refused("a👍b", [bold(0, 1), bold(1, 2), bold(3, 1)]), None);
    assert_eq!(refused("a👍b", [bold(0, 2)]), splits(0));
    assert_eq!(refused("a👍b", [bold(0, 1), bold(2, 1)]), splits(1));
}

#[test]
fn entities_nest_or_stand_apart_but_never_cross() {
    let crosses = |index| Some(InvalidBody::Entity(index, InvalidEntity::Crosses));
    assert_eq!(refused("hello", [bold(0, 3), bold(3, 2)]), None);
    assert_eq!(refused("hello", [bold(0, 5), bold(1, 3), bold(1, 3), bold(2, 1)]), None);
    assert_eq!(refused("hello", [bold(0, 3), bold(2, 2)]), crosses(1));
    assert_eq!(refused("hello", [bold(2, 3), bold(0, 5), bold(0, 3)]), crosses(0));
}

#[test]
fn a_text_has_at_most_a_hundred_entities() {
    assert_eq!(refused("hello", vec![bold(0, 5); 100]), None);
    assert_eq!(refused("hello", vec![bold(0, 5); 101]), Some(InvalidBody::TooManyEntities));
}

#[test]
fn a_text_link_leads_to_an_address() {
    let longest = format!("https://{}", "a".repeat(2_040));
    for good in ["http://example.org", "HTTPS://example.org/?q=1#x", "tg://user?id=1", &longest] {
        assert_eq!(refused_entity(link(Some(good))), None, "{good}");
    }
    let too_long = format!("{longest}a");
    for bad in [
        "",
        "example.org",
        "https://",
        "javascript://x",
        "ftp://x",
        "https://a b",
        "https://a\n",
        &too_long,
    ] {
        assert_eq!(refused_entity(link(Some(bad))), Some(InvalidEntity::Url), "{bad}");
    }
    assert_eq!(refused_entity(link(None)), Some(InvalidEntity::Url));
}

#[test]
fn a_code_block_may_name_its_language() {
    assert_eq!(refused_entity(formatted(EntityKind::Pre, 0, 1)), None);
    assert_eq!(refused_entity(code(&"a".repeat(64))), None);
    for bad in ["", " ", "a\nb", &"a".repeat(65)] {
        assert_eq!(refused_entity(code(bad)), Some(InvalidEntity::Language), "{bad:?}");
    }
}

#[test]
fn a_text_mention_names_somebody() {
    assert_eq!(
        refused_entity(formatted(EntityKind::TextMention, 0, 1)),
        Some(InvalidEntity::Account)
    );
}

#[test]
fn an_entity_says_nothing_that_its_kind_has_no_place_for() {
    let misplaced = [
        EntityInput {
            kind: EntityKind::Bold,
            ..link(Some("https://example.org"))
        },
        EntityInput {
            kind: EntityKind::Code,
            ..code("rust")
        },
        EntityInput {
            account: Some(ALICE),
            ..bold(0, 1)
        },
    ];
    for entity in misplaced {
        assert_eq!(refused_entity(entity), Some(InvalidEntity::Misplaced));
    }
}

#[test]
fn an_entity_is_read_in_the_bot_apis_shape_and_no_other() {
    let read = |json| serde_json::from_str::<EntityInput>(json).ok();
    assert_eq!(read(r#"{"type":"bold","offset":0,"length":5}"#), Some(bold(0, 5)));
    assert_eq!(
        read(r#"{"type":"text_link","offset":0,"length":1,"url":"https://example.org"}"#),
        Some(link(Some("https://example.org")))
    );
    for bad in [
        r#"{"type":"loud","offset":0,"length":5}"#,
        r#"{"type":"bold","offset":-1,"length":5}"#,
        r#"{"type":"bold","offset":0}"#,
        r#"{"type":"bold","offset":0,"length":5,"colour":"red"}"#,
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn a_title_is_a_line_of_at_most_128_code_points_without_surrounding_space() {
    let parse = |text: &str| TitleText::parse(text).map(|title| title.as_str().to_owned());
    assert_eq!(parse("  Town \n"), Ok("Town".to_owned()));
    assert_eq!(parse(&"ä".repeat(128)), Ok("ä".repeat(128)));
    assert_eq!(parse(&"ä".repeat(129)), Err(InvalidText::TooLong(128)));
    assert_eq!(parse(" \u{200b} "), Err(InvalidText::Blank));
    assert_eq!(parse("two\nlines"), Err(InvalidText::ControlCharacter));
    assert_eq!(parse("two\u{2028}lines"), Err(InvalidText::ControlCharacter));
    assert_eq!(parse("two\u{2029}lines"), Err(InvalidText::ControlCharacter));
    for turn in ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
        assert_eq!(parse(&format!("a{turn}b")), Err(InvalidText::ControlCharacter), "{turn:?}");
    }
    assert_eq!(parse("שלום\u{200f}"), Ok("שלום\u{200f}".to_owned()));
}
