//! How codes are delivered is said before anybody is let in.

use super::{heliograph, on};

fn said(command: &mut std::process::Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_server_that_others_can_reach_does_not_show_codes_in_its_terminal_unless_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let (code, words) = said(heliograph(&["serve", "--listen", "0.0.0.0:0", "--data"]).arg(folder.path()));
    assert_eq!(code, Some(1), "{words}");
    assert!(
        words.contains("delivery.email") && words.contains("delivery.console_allowed_beyond_loopback"),
        "{words}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_way_that_can_not_work_is_refused_by_name_and_no_secret_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (variables, key) in [
        (&[("HELIOGRAPH_DELIVERY__EMAIL", "smtp")][..], "smtp.url"),
        (&[("HELIOGRAPH_SMTP__URL", "smtp://me:hunter2@mail.example.org")], "smtp.url"),
        (&[("HELIOGRAPH_DELIVERY__PHONE", "sms")], "sms.url"),
        (
            &[
                ("HELIOGRAPH_SMS__URL", "https://sms.example/?key=hunter2"),
                ("HELIOGRAPH_SMS__BODY", "key=hunter2&To={to}"),
            ],
            "sms.body",
        ),
    ] {
        let mut serve = heliograph(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        let (code, words) = said(serve.arg(folder.path()).envs(variables.iter().copied()));
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains(key) && !words.contains("hunter2"), "{words}");
    }
}

#[test]
fn the_doctor_prints_how_codes_are_delivered_with_secrets_hidden() {
    let folder = tempfile::tempdir().unwrap();
    super::answer(&on(folder.path(), &["account", "create", "Alice"]));
    let mut doctor = heliograph(&["doctor", "--data"]);
    let doctor = doctor.arg(folder.path()).envs([
        ("HELIOGRAPH_DELIVERY__EMAIL", "smtp"),
        ("HELIOGRAPH_SMTP__URL", "smtp://mail.example.org"),
        ("HELIOGRAPH_SMTP__FROM", "codes@example.org"),
        ("HELIOGRAPH_SMTP__USER", "me"),
        ("HELIOGRAPH_SMTP__PASSWORD", "hunter2"),
    ]);
    let output = doctor.output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{report}");
    assert!(report.contains("smtp.password = ***") && !report.contains("hunter2"), "{report}");
    assert!(report.contains("warning: smtp.url"), "{report}");
}
