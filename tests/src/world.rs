//! The World: a server, the people who talk through it, and what must hold at the end.

mod finish;
pub mod person;
pub mod server;

use serde_json::json;
use tempfile::TempDir;

use crate::backend::Backend;
use crate::chance::command_id;
use crate::client::device::Device;
use crate::client::http::Client;
use crate::client::insist::insist;
pub use finish::poll;
use person::Person;
use server::Server;

/// A server and its people.
#[derive(Debug)]
pub struct World {
    /// What the server keeps things in.
    pub backend: Backend,
    /// The server.
    pub server: Server,
    /// The operator.
    pub admin: Client,
    people: Vec<Person>,
    finished: bool,
}

impl World {
    /// A server on its own folder.
    pub async fn embedded() -> Self {
        Self::on(Backend::Embedded, &[]).await
    }

    /// A server on a NATS server and PostgreSQL.
    pub async fn clustered() -> Self {
        Self::on(Backend::clustered().await, &[]).await
    }

    /// A server on a backend, configured by environment variables.
    pub async fn on(backend: Backend, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("heliograph-world-").tempdir();
        Self::in_folder(backend, environment, folder.expect("a folder can be made")).await
    }

    /// A server on a backend, with this data folder.
    pub async fn in_folder(backend: Backend, environment: &[(&str, &str)], folder: TempDir) -> Self {
        let server = Server::start(folder, backend.arguments(), environment).await;
        let admin = Client::new(server.address.clone(), &server.admin_token());
        Self {
            backend,
            server,
            admin,
            people: Vec::new(),
            finished: false,
        }
    }

    /// Somebody with a phone and a laptop, both online.
    pub async fn person(&mut self, name: &str) -> Person {
        let person = Person::register(&self.admin, name).await;
        self.people.push(person.clone());
        person
    }

    /// Somebody's devices go offline and are not looked at in the end.
    pub async fn retire(&mut self, person: &Person) {
        person.offline().await;
        self.people.retain(|known| known.account != person.account);
    }

    /// Everybody so far.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Kills the server without warning and starts it again.
    pub async fn crash(&mut self) {
        self.server.kill().await;
        self.server.go_on().await;
    }

    /// Stops the server in good order and starts it again.
    pub async fn restart(&mut self) {
        self.server.stop().await;
        self.server.go_on().await;
    }

    /// While the server stands still: its read models are gone, as if they were lost. The next start makes them anew.
    pub async fn forget_read_models(&mut self) {
        match &mut self.backend {
            Backend::Embedded => {
                for name in ["read.db", "read.db-wal", "read.db-shm"] {
                    // Of the latter two a server that ended in good order left none.
                    drop(std::fs::remove_file(self.server.folder().join(name)));
                }
            }
            Backend::Clustered { postgres, database, .. } => {
                *database = postgres.database().await;
                self.server.set_arguments(self.backend.arguments());
            }
        }
    }

    /// A position that includes every command answered before this call.
    pub async fn now(&self) -> String {
        let register = || self.admin.post("/v1/accounts", &json!({"name": "a witness"}));
        let answer = insist(command_id(), register).await;
        answer.position.clone().unwrap_or_else(|| panic!("no position: {}", answer.text))
    }
}

/// The direct chat of two people (or, with oneself, the saved messages).
pub async fn direct(from: &Device, to: &Person) -> String {
    let answer = from
        .client
        .post("/v1/chats/direct", &json!({"account": to.account}))
        .await
        .accepted();
    answer["chat"]["id"].as_str().expect("a chat has an id").to_owned()
}

/// A new group.
pub async fn group(owner: &Device, title: &str, members: &[&Person]) -> String {
    let members: Vec<i64> = members.iter().map(|member| member.account).collect();
    let answer = owner
        .client
        .post("/v1/chats", &json!({"title": title, "members": members}))
        .await
        .accepted();
    answer["chat"]["id"].as_str().expect("a chat has an id").to_owned()
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the server's last words:\n{}", self.server.last_words());
        } else {
            assert!(
                self.finished,
                "a story ends with world.finish().await, which checks what must always hold"
            );
        }
    }
}

/// The id of two people's direct chat, without asking the server.
pub fn direct_id(one: &Person, other: &Person) -> String {
    let (low, high) = (one.account.min(other.account), one.account.max(other.account));
    format!("dm-{low}-{high}")
}
