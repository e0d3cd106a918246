//! A full disk: refused with a documented error, nothing lost, and on with it once there is room.
//!
//! A small disk is mounted where that is allowed; how long files may get is limited everywhere.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use heliograph_tests::backend::Backend;
use heliograph_tests::client::view::View;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct;
use heliograph_tests::{Person, World};

use crate::load::{Load, recovers};

/// A file system of a few megabytes, unmounted when dropped.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one over the folder; says why when that can't be done.
    pub(crate) fn over(folder: &Path) -> Result<Self, String> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs"])
            .arg(folder)
            .output();
        let mounted = mounted.map_err(|error| error.to_string())?;
        if mounted.status.success() {
            Ok(Self(folder.to_owned()))
        } else {
            Err(String::from_utf8_lossy(&mounted.stderr).into_owned())
        }
    }

    /// Fills it but for so many bytes; there must be more than that.
    pub(crate) fn leave(&self, bytes: usize) -> PathBuf {
        let kept = self.0.join("kept");
        fs::write(&kept, vec![0; bytes]).expect("there is room");
        let ballast = self.fill();
        fs::remove_file(kept).expect("it is there");
        ballast
    }

    /// Fills what is left of it, to the last byte.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = File::create(&path).expect("there is room for a name");
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server may still have files open on it.
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_survived() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let disk = match SmallDisk::over(folder.path()) {
        Ok(disk) => disk,
        Err(why) => {
            println!("skipped: a small disk can't be mounted here ({why}); files_that_can_not_grow_… tries the same without");
            return;
        }
    };
    let mut world = World::in_folder(Backend::Embedded, &[], folder).await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for messages in [50, 150] {
        goes_on(&bob, &chat, messages).await;
        let ballast = disk.fill();
        refuses(&world).await;
        fs::remove_file(ballast).expect("it is there");
        recovers(&world, &alice, &alice).await;
    }
    // A server that dies with a full disk comes back once there is room.
    let ballast = disk.fill();
    refuses(&world).await;
    world.server.kill().await;
    fs::remove_file(ballast).expect("it is there");
    world.server.spawn().await;
    recovers(&world, &alice, &alice).await;
    load.stop(&[&alice, &bob]).await;
    world.finish().await;
}

pub(crate) async fn goes_on(person: &Person, chat: &str, messages: usize) {
    let heard = |view: &View| view.texts(chat).len() >= messages;
    person.laptop.comes_to_know("it goes on", heard).await;
}

/// A command is refused with a documented error; the server lives.
async fn refuses(world: &World) {
    let witness = world.admin.clone();
    eventually("a command is refused", async || {
        let answer = witness.post("/v1/accounts", &serde_json::json!({"name": "one more"})).await;
        (!answer.status.is_success()).then(|| answer.refused("unavailable"))
    })
    .await;
    let health = world.admin.get("/healthz").await;
    assert!(health.status.is_success(), "alive, though it can't write");
}

/// How long the server's files may get, in bytes; what would be written behind it fails. Anybody may set it of their own processes.
fn limit_files(world: &World, bytes: &str) {
    let pid = world.server.pid().to_string();
    // The soft limit alone, so that it can be raised again.
    let limited = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status();
    assert!(
        limited.is_ok_and(|status| status.success()),
        "prlimit (of util-linux) limits the server's files"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_can_not_grow_are_told_and_survived() {
    let mut world = World::embedded().await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let load = Load::start(&chat, &[&alice, &bob]);
    for messages in [50, 150] {
        goes_on(&bob, &chat, messages).await;
        // A megabyte: the write-ahead logs get there soon, what the server says on stderr does not.
        limit_files(&world, "1048576");
        refuses(&world).await;
        limit_files(&world, "unlimited");
        recovers(&world, &alice, &alice).await;
        // More often than it has connections: each is as good as new.
        for _ in 0..12 {
            world.admin.get("/v1/admin/doctor").await.accepted();
        }
    }
    // A server that dies meanwhile comes back, without the limit.
    limit_files(&world, "1048576");
    refuses(&world).await;
    world.server.kill().await;
    world.server.spawn().await;
    recovers(&world, &alice, &alice).await;
    load.stop(&[&alice, &bob]).await;
    world.finish().await;
}
