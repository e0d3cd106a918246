//! An export, told.

use super::*;
use crate::import::told::{Deed, What, part};

const EXPORT: &str = include_str!("../../../tests/data/telegram/result.json");

fn export(text: &str) -> Vec<Told> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("result.json");
    std::fs::write(&file, text).unwrap();
    read(&file).unwrap()
}

fn person(id: &str) -> Uuid {
    part(source("telegram"), id)
}

fn texts(told: &Told) -> Vec<&str> {
    let said = |deed: &'_ Deed| matches!(deed.what, What::Say { .. });
    told.deeds
        .iter()
        .filter(|deed| said(deed))
        .map(|deed| match &deed.what {
            What::Say { text, .. } => text.as_str(),
            _ => "",
        })
        .collect()
}

#[test]
fn a_personal_chat_is_a_direct_one_with_replies_edits_and_formats() {
    let chats = export(EXPORT);
    let told = &chats[0];
    assert_eq!(told.direct, Some((person("user1001"), person("user1002"))));
    assert_eq!(texts(told), ["Are you in for Saturday?", "Yes! Ten at the station"]);
    let What::Say { reply_to, entities, .. } = &told.deeds[1].what else {
        panic!("{:?}", told.deeds[1])
    };
    assert_eq!(*reply_to, Some(told.deeds[0].id));
    assert_eq!(
        (&entities[0]["type"], &entities[0]["offset"], &entities[0]["length"]),
        (&"bold".into(), &5.into(), &3.into())
    );
    assert_eq!(
        (&entities[1]["url"], &entities[1]["offset"]),
        (&"https://example.org/station".into(), &16.into())
    );
    assert_eq!(told.deeds[1].at, 1_709_284_510_000_000);
    assert!(matches!(told.deeds[2].what, What::Edit { .. }) && told.deeds[2].at == 1_709_284_560_000_000);
    assert_eq!(told.skipped["service message that changes nothing here"], 1);
}

#[test]
fn a_group_has_its_title_its_members_and_placeholders_for_media() {
    let chats = export(EXPORT);
    let told = &chats[1];
    let expected = [
        "👋 hello",
        "[photo]\nthe summit",
        "[sticker 🏔]",
        "Forwarded from Weather\nsunny",
        "thanks Carol",
        "[poll: Sunday?]",
        "an older export",
    ];
    assert_eq!(texts(told), expected);
    let what: Vec<&What> = told.deeds.iter().map(|deed| &deed.what).collect();
    assert_eq!(*what[0], What::Create { title: "Walks".to_owned() });
    assert_eq!(*what[1], What::Add(person("user1002")));
    assert!(what.contains(&&What::Retitle {
        title: "Hiking 🥾".to_owned()
    }));
    assert!(what.contains(&&What::Leave) && what.contains(&&What::Join));
    let mentioned = told.deeds.iter().find_map(|deed| match &deed.what {
        What::Say { text, entities, .. } if text == "thanks Carol" => entities.first(),
        _ => None,
    });
    assert_eq!(mentioned.unwrap()["person"], person("user1003").to_string());
    let skipped: Vec<(&str, u64)> = told.skipped.iter().map(|(why, count)| (*why, *count)).collect();
    let expected = [
        ("member of whom only a name is told", 1),
        ("message of an unknown type", 1),
        ("service message that changes nothing here", 1),
    ];
    assert_eq!(skipped, expected);
    let deleted = told.people.iter().find(|found| found.key == person("user1009"));
    assert_eq!(
        deleted.map(|person| person.name.as_str()),
        Some("user1009"),
        "an account that is gone has no other name"
    );
}

#[test]
fn who_takes_an_earlier_name_again_is_called_by_it() {
    let message = |id: i64, from: &str| {
        format!(r#"{{"id":{id},"type":"message","date":"2024-03-01T00:00:00","from":"{from}","from_id":"user1","text":"hi"}}"#)
    };
    let messages = [message(1, "Ann"), message(2, "Bea"), message(3, "Ann")].join(",");
    let chats = export(&format!(
        r#"{{"name":"Club","type":"private_group","id":7,"messages":[{messages}]}}"#
    ));
    let renamed = &chats[0].renamed;
    assert_eq!(
        renamed.iter().map(|renamed| renamed.name.as_str()).collect::<Vec<_>>(),
        ["Ann", "Bea", "Ann"]
    );
    assert_ne!(
        renamed[0].id, renamed[2].id,
        "else the second time would be taken for the first, sent again"
    );
}

#[test]
fn a_channel_is_a_group_for_now_and_that_is_said() {
    let chats = export(EXPORT);
    assert_eq!(texts(&chats[2]), ["first post"]);
    assert_eq!(chats[2].noted["channel imported as a group, for there are no channels yet"], 1);
}

#[test]
fn a_chat_may_be_exported_alone_and_what_is_cut_off_or_something_else_is_refused() {
    let alone = r#"{"name":"Club","type":"private_group","id":7,"messages":[{"id":1,"type":"message","date":"2024-03-01T00:00:00","from":"A","from_id":"user1","text":"hi"}]}"#;
    let chats = export(alone);
    assert_eq!((chats.len(), chats[0].name.as_str(), texts(&chats[0])), (1, "Club", vec!["hi"]));
    assert_eq!(chats[0].deeds[0].at, 1_709_251_200_000_000);
    let folder = tempfile::tempdir().unwrap();
    for (text, words) in [
        (&EXPORT[..EXPORT.len() / 2], "cut off"),
        ("[]", "not an export"),
        (r#"{"about":"contacts only"}"#, "holds no chats"),
    ] {
        let file = folder.path().join("result.json");
        std::fs::write(&file, text).unwrap();
        let told = format!("{:#}", read(&file).unwrap_err());
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn where_only_the_other_has_written_the_export_says_whose_chat_it_is() {
    let chat = r#"{"name":"Ben","type":"personal_chat","id":1002,"messages":[
        {"id":1,"type":"message","date_unixtime":"1709284440","from":"Ben","from_id":"user1002","text":"Are you there?"}]}"#;
    let of_everything = format!(r#"{{"personal_information":{{"user_id":1001}},"chats":{{"list":[{chat}]}}}}"#);
    let told = &export(&of_everything)[0];
    assert_eq!(told.direct, Some((person("user1001"), person("user1002"))));
    assert_eq!(texts(told), ["Are you there?"]);
    assert!(told.people.iter().any(|known| known.key == person("user1001")));
    assert_eq!(texts(&export(chat)[0]), [""; 0], "exported alone it does not say");
}
