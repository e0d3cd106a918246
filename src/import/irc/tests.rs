//! A log, told.

use super::*;
use crate::import::told::{Deed, What};

/// What happened, in short: who by their first nick, what, and minutes since the day began.
fn story(log: &str, annotations: &str) -> (Vec<String>, Told) {
    let mut network = Network {
        key: source("irc:test"),
        seen: HashSet::new(),
    };
    let lines = |text: &str| -> Vec<Read> { text.lines().map(|line| Read::Text(line.to_owned())).collect() };
    let told = network
        .told("1970-01-01", &lines(log), &annotation::replies(&lines(annotations)))
        .unwrap();
    let name = |who: &Uuid| told.people.iter().find(|person| person.key == *who).unwrap().name.clone();
    let said = |id: &Uuid| told.deeds.iter().position(|deed| deed.id == *id).unwrap();
    let tell = |deed: &Deed| {
        let what = match &deed.what {
            What::Create { .. } => "creates".to_owned(),
            What::Join => "joins".to_owned(),
            What::Leave => "leaves".to_owned(),
            What::Say { text, reply_to, .. } => reply_to.map_or(text.clone(), |to| format!("{text} >{}", said(&to))),
            other => panic!("an IRC log does not tell {other:?}"),
        };
        format!("{} {} {what}", deed.at / 60_000_000, name(&deed.by))
    };
    (told.deeds.iter().map(tell).collect(), told)
}

#[test]
fn who_speaks_first_joins_and_system_lines_happen_when_the_last_message_was_sent() {
    let log =
        "=== bob [~b@h]  has joined #x\n[23:58] <alice> hi\n[00:01]  * bob waves\n=== alice [~a@h]  has left #x []\n[00:02] <alice> again";
    let (story, told) = story(log, "1 2 -");
    let expected = [
        "1438 bob creates",
        "1438 alice joins",
        "1438 alice hi",
        "1441 bob /me waves >2",
        "1441 alice leaves",
        "1442 alice joins",
        "1442 alice again",
    ];
    assert_eq!(story, expected);
    assert!(told.skipped.is_empty() && told.people.len() == 2);
}

#[test]
fn another_nick_is_the_same_account_and_a_nick_left_behind_is_free_for_others() {
    let log = "[00:00] <bob> 1\n=== bob is now known as bob_away\n[00:01] <Bob_Away> 2\n[00:02] <bob> 3\n=== bob_away is now known as robert\n[00:03] <robert> 4";
    let (story, told) = story(log, "");
    assert_eq!(told.people.len(), 2, "{story:?}");
    let authors: Vec<Uuid> = told
        .deeds
        .iter()
        .filter(|deed| matches!(deed.what, What::Say { .. }))
        .map(|deed| deed.by)
        .collect();
    assert!(authors[0] == authors[1] && authors[0] == authors[3] && authors[0] != authors[2]);
    let names: Vec<&str> = told.renamed.iter().map(|renamed| renamed.name.as_str()).collect();
    assert_eq!(names, ["bob_away", "bob", "robert"], "of the names of a minute the last");
}

#[test]
fn who_left_under_another_nick_is_back_under_the_first() {
    let log = "[00:00] <bob> 1\n=== bob is now known as bob_away\n=== bob_away [~b@h]  has left #x\n=== bob [~b@h]  has joined #x\n[00:01] <bob> 2";
    let (_, told) = story(log, "");
    assert_eq!(told.people.len(), 1);
    assert_eq!(told.renamed.last().map(|renamed| renamed.name.as_str()), Some("bob"));
}

#[test]
fn what_can_not_be_told_is_counted() {
    let log = "[00:00] <a>\n[00:00] <a>  \nnonsense\n=== mode/#x [+o a]  by C\n=== z [~z@h]  has left #x\n[00:01] <a> \u{3}4red\n";
    let (story, told) = story(log, "0 5 -\n5 z -");
    assert_eq!(story, ["1 a creates", "1 a 4red"]);
    let skipped: Vec<(&str, u64)> = told.skipped.iter().map(|(why, count)| (*why, *count)).collect();
    let expected = [
        ("broken line of annotations", 1),
        ("empty text", 2),
        ("leave of somebody who was not there", 1),
        ("line that is none of a log", 1),
        ("topic or mode", 1),
    ];
    assert_eq!(skipped, expected);
    assert_eq!(told.noted["text without its control characters"], 1);
}

#[test]
fn the_same_log_gives_the_same_ids_and_a_longer_one_the_same_for_what_both_have() {
    let ids = |log: &str| story(log, "").1.deeds.iter().map(|deed| deed.id).collect::<Vec<_>>();
    let short = ids("[00:00] <a> 1\n[00:00] <b> 2");
    let long = ids("[00:00] <a> 1\n[00:00] <b> 2\n[00:01] <c> 3");
    assert_eq!(short, long[..short.len()]);
}
