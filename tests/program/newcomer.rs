//! What a newcomer sees: the README's lines run as they are pasted, the first page comes alive in a browser, and Prometheus'
//! own checker likes what it scrapes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::Value;

use super::{PATIENCE, Server, answer, on};

const README: &str = include_str!("../../README.md");
const FRONT: &str = include_str!("../../gateway/src/page/front.html");

/// Where the server of a folder says that its door is.
fn url(folder: &Path) -> String {
    let told = std::fs::read_to_string(folder.join("server.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    told["url"].as_str().unwrap().to_owned()
}

/// A server that answers, and its address.
fn ready(folder: &Path) -> (Server, String) {
    let server = Server::start(folder);
    // A tool beside it waits until it is ready.
    answer(&on(folder, &["account", "create", "a witness"]));
    (server, url(folder))
}

/// The first block of shell behind a heading.
fn lines_behind(heading: &str) -> &'static str {
    let (_, behind) = README.split_once(heading).expect("the heading stands in the README");
    let (_, block) = behind.split_once("```sh\n").expect("lines of shell follow");
    block.split_once("```").expect("they end").0
}

/// What lines of shell say in this folder, whose server has this address. The program lies where `make run` puts it.
fn pasted(folder: &Path, lines: &str, url: &str) -> String {
    let release = folder.join("target/release");
    std::fs::create_dir_all(&release).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_heliograph"), release.join("heliograph")).unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", lines]).current_dir(folder).env("H", url);
    let said = shell.stdin(Stdio::null()).output().expect("bash is there");
    let (words, trouble) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{}\n{words}\n{trouble}", said.status);
    words.into_owned()
}

/// The lines of shell on the first page, as a browser that looks at this address gives them out.
fn first_pages_lines(url: &str) -> String {
    let page = FRONT.replace("<span data-is=\"origin\">http://127.0.0.1:8080</span>", url);
    let blocks = page.split("<pre ").skip(1).map(|behind| {
        let (_, block) = behind.split_once("<code>").expect("lines follow");
        block.split_once("</code>").expect("they end").0.to_owned() + "\n"
    });
    let lines: String = blocks.collect();
    assert!(!lines.contains("</") && !lines.contains("&amp;"), "{lines}");
    lines
}

#[test]
fn the_first_pages_lines_can_be_pasted() {
    let work = tempfile::tempdir().unwrap();
    let (server, url) = ready(&work.path().join("data"));
    let lines = first_pages_lines(&url);
    assert!(
        lines.contains("account create Bob") && lines.contains("heliograph replay") && lines.contains(&url),
        "{lines}"
    );
    let words = pasted(work.path(), &lines, &url);
    assert!(words.contains("Do you see the light?"), "the message as it was sent: {words}");
    assert!(words.contains("chat.message_sent"), "the log tells it: {words}");
    assert!(server.stop().success());
}

#[test]
fn the_readmes_lines_can_be_pasted() {
    let work = tempfile::tempdir().unwrap();
    let (server, url) = ready(&work.path().join("data"));
    let lines = lines_behind("## Five minutes");
    assert!(lines.lines().count() <= 10, "{lines}");
    let words = pasted(work.path(), lines, &url);
    assert!(
        words.matches("Do you see the light?").count() >= 2,
        "Bob sees it as a message and as an update: {words}"
    );
    assert!(words.contains("\"commands\""), "{words}");
    assert!(words.contains("chat.message_sent"), "the log tells it: {words}");
    assert!(server.stop().success());
}

/// Fixed, so that the browser asks nobody but the server.
const BROWSER: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--virtual-time-budget=30000",
    "--dump-dom",
];

/// Says that a test can't be run on a machine that lacks something; where `CI` is set nothing may be lacking.
fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    eprintln!("SKIPPED: {why}");
}

fn program(named: &str, usual: &[&str]) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(named) {
        return Some(named.into());
    }
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain([tools]).collect();
    usual
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|found| found.is_file())
}

/// What a browser makes of a page, after a while.
fn seen(browser: &Path, page: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(browser);
    command
        .args(BROWSER)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(page);
    let seen = command.stdin(Stdio::null()).output().unwrap();
    assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
    String::from_utf8_lossy(&seen.stdout).into_owned()
}

fn browser() -> Option<PathBuf> {
    let browser = program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]);
    if browser.is_none() {
        skipped("no browser is there (infra/dev/newcomer.sh install, or name one by CHROMIUM)");
    }
    browser
}

/// The text of the first element with this attribute.
fn text<'a>(page: &'a str, attribute: &str) -> &'a str {
    let (_, behind) = page.split_once(attribute).unwrap_or_else(|| panic!("no {attribute} in {page}"));
    let inside = behind.split_once('>').unwrap().1;
    inside.split_once('<').unwrap().0
}

/// Says so when it is dropped, whatever went wrong before.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How many commands were accepted while the page was looked at.
fn moved(page: &str) -> u64 {
    let since = text(page, "data-since=\"commands\"").trim_start_matches('+');
    let (count, _) = since.split_once(' ').unwrap_or(("0", ""));
    count.replace(',', "").parse().unwrap()
}

#[test]
fn the_first_page_shows_what_happens() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (server, url) = ready(folder.path());
    let is_over = AtomicBool::new(false);
    let deadline = Instant::now() + PATIENCE;
    let page = std::thread::scope(|scope| {
        // Something happens all the time.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                answer(&on(folder.path(), &["account", "create", "Alice"]));
            }
        });
        let _over = Over(&is_over);
        // The browser's time runs faster than the server's: it may be gone before anything happened.
        let mut page = seen(&browser, &url);
        while moved(&page) == 0 && Instant::now() < deadline {
            page = seen(&browser, &url);
        }
        page
    });
    assert_eq!(text(&page, "data-is=\"version\""), env!("CARGO_PKG_VERSION"));
    assert_eq!(text(&page, "data-is=\"log\""), "SQLite");
    assert!(text(&page, "id=\"state\"").starts_with("The server is running"), "{page}");
    assert!(moved(&page) > 0, "{page}");
    assert!(server.stop().success());
}

#[test]
fn the_page_of_the_api_shows_every_route() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (server, url) = ready(folder.path());
    let page = seen(&browser, &format!("{url}/api"));
    for route in ["/v1/chats/{chat}/messages", "/v1/updates", "/readyz", "retry_after_ms"] {
        assert!(page.contains(route), "{route} is not in {page}");
    }
    assert!(page.matches("<summary>").count() > 30, "{page}");
    assert!(server.stop().success());
}

/// What a request without a token is answered: head and body.
fn fetched(url: &str, path: &str) -> String {
    let got = Command::new("curl")
        .args(["-si", &format!("{url}{path}")])
        .output()
        .expect("curl is there");
    String::from_utf8(got.stdout).unwrap()
}

#[test]
fn the_pages_let_nothing_run_but_what_stands_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let (server, url) = ready(folder.path());
    for path in ["/", "/api"] {
        let page = fetched(&url, path);
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        let policy = page
            .lines()
            .find_map(|line| line.strip_prefix("content-security-policy: "))
            .expect("a policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-") && !policy.contains("unsafe"),
            "{policy}"
        );
    }
    let manual = fetched(&url, "/docs/API.md");
    assert!(
        manual.contains("# The API of Heliograph") && manual.contains("text/plain; charset=utf-8"),
        "{manual}"
    );
    for linked in FRONT.split("href=\"/docs/").skip(1) {
        let (page, _) = linked.split_once('"').unwrap();
        assert!(fetched(&url, &format!("/docs/{page}")).starts_with("HTTP/1.1 200"), "{page}");
    }
    let decision = "/docs/adr/0001-unread-counts-are-computed-on-reading.md";
    assert!(fetched(&url, decision).contains("text/plain; charset=utf-8"), "{decision}");
    let mut browser = Command::new("curl");
    browser.args(["-si", "-H", "Accept: text/html,*/*;q=0.8", &format!("{url}/docs/ARCHITECTURE.md")]);
    let seen = String::from_utf8(browser.output().unwrap().stdout).unwrap();
    assert!(
        seen.contains("text/html; charset=utf-8") && seen.contains("<a href=\"BACKUP.md\">"),
        "{seen}"
    );
    for nothing in ["/docs/..%2FCargo.toml", "/docs/adr", "/docs/", "/index.html"] {
        assert!(fetched(&url, nothing).starts_with("HTTP/1.1 404"), "{nothing}");
    }
    let status = fetched(&url, "/status");
    let status: Value = serde_json::from_str(status.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!((&status["log"], &status["database"]), (&"SQLite".into(), &"SQLite".into()));
    assert!(
        status["commits"].as_i64().unwrap() > 0 && status["commands"].as_u64().unwrap() > 0,
        "{status}"
    );
    assert!(server.stop().success());
}

#[test]
fn prometheus_likes_the_metrics() {
    let Some(promtool) = program("PROMTOOL", &["promtool"]) else {
        skipped("promtool is not there (infra/dev/promtool.sh, or name it by PROMTOOL)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (server, url) = ready(folder.path());
    let metrics = fetched(&url, "/metrics");
    let (_, metrics) = metrics.split_once("\r\n\r\n").unwrap();
    assert!(metrics.contains("heliograph_commands_total"), "{metrics}");
    let mut check = Command::new(promtool);
    check
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut checking = check.spawn().unwrap();
    checking.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let checked = checking.wait_with_output().unwrap();
    let words = [checked.stdout, checked.stderr]
        .map(|words| String::from_utf8_lossy(&words).into_owned())
        .concat();
    assert!(checked.status.success(), "{words}");
    assert_eq!(words.trim(), "", "nothing to complain of");
    assert!(server.stop().success());
}
