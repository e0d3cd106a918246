//! Files that are no logs, and logs that are in part.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

use heliograph_tests::story;
use serde_json::json;

use super::imports::{LOG, device_of, import, messages};

/// Bytes of a line that is none of a chat.
const LONG: u64 = 100_000_000;

story!(what_can_not_be_read_is_refused_and_leaves_nothing, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cut = folder.path().join("2001-01-01.raw.txt.gz");
    // The head of a compressed file.
    std::fs::write(&cut, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b]).expect("a file can be written");
    let (done, summary, words) = import(world, "irc", &[&cut]).await;
    assert!(!done && words.contains("nothing of it was imported"), "{words}");
    assert_eq!((&summary["messages"], &summary["accounts"]), (&json!(0), &json!(0)));
    for missing in ["missing.txt", "2001-01-01.missing.txt"] {
        let (done, _, words) = import(world, "irc", &[&folder.path().join(missing)]).await;
        assert!(!done && words.contains(missing) && words.contains("No such file"), "{words}");
    }
    let (done, _, words) = import(world, "irc", &[folder.path()]).await;
    assert!(!done && words.contains("is no file"), "{words}");
    let tomorrow = folder.path().join("9999-12-31.raw.txt");
    std::fs::write(&tomorrow, LOG).expect("a file can be written");
    let (done, _, words) = import(world, "irc", &[&tomorrow]).await;
    assert!(!done && words.contains("9999-12-31.raw.txt: its day has not begun"), "{words}");
    let utf_16: Vec<u8> = "[10:00] <bob> one\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("2001-01-02.raw.txt", Vec::new()),
        ("2001-01-03.raw.txt", utf_16),
        ("2001-01-04.raw.txt", (0..=255).collect()),
        ("2001-01-05.raw.txt", b"Dear diary,\n\ntoday was quiet.\n".to_vec()),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("a file can be written");
        let (done, summary, words) = import(world, "irc", &[&file]).await;
        assert!(
            !done && words.contains(name) && words.contains("no line of it can be read"),
            "{words}"
        );
        assert_eq!((&summary["messages"], &summary["accounts"]), (&json!(0), &json!(0)));
    }
    let export = folder.path().join("result.json");
    std::fs::write(&export, "{\"chats\":").expect("a file can be written");
    let (done, _, words) = import(world, "telegram", &[&export]).await;
    assert!(!done && words.contains("nothing was imported"), "{words}");
});

story!(a_line_that_can_not_be_read_costs_no_other, |world| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("2001-01-01.raw.txt");
    let mut file = File::create(&path).expect("a file can be made");
    let write = |file: &mut File, bytes: &[u8]| file.write_all(bytes).expect("a file can be written");
    write(&mut file, b"\xef\xbb\xbf[10:00] <bob> one\n[10:01] <bob> ");
    io::copy(&mut io::repeat(b'x').take(LONG), &mut file).expect("a file can be written");
    // In Latin-1, and no end behind the last line.
    write(&mut file, b"\n[10:02] <bob> caf\xe9\n[10:03] <bob> caf\xc3\xa9");
    let (done, summary, words) = import(world, "irc", &[&path]).await;
    assert!(done, "{words}");
    assert_eq!(
        summary["skipped"],
        json!({"line that is too long": 1, "line that is not UTF-8": 1}),
        "{summary}"
    );
    let bob = device_of(world, "bob").await;
    let told = messages(world, &bob, "2001-01-01").await;
    let texts: Vec<_> = told.iter().map(|message| message["text"].as_str().unwrap_or_default()).collect();
    assert_eq!(texts, ["one", "caf\u{e9}"]);
});
