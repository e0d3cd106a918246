//! An import under way: operations are begun in their order, many are in flight, and outcomes are told in their order.

use axum::body::Bytes;
use domain::account::Account;
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::id::{AccountId, ChatId, CommandId, MessageId};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesOrdered, StreamExt};
use infra::executor::{Done, Request};
use tokio::sync::mpsc;

use super::Outcome;
use super::lines::Lines;
use super::names::Names;
use super::operation::{Operation, Wanted};
use super::sent::{Again, Sent};
use crate::Shared;
use crate::caller::Admin;
use crate::error::Error;
use crate::extract::json;
use crate::routes::accounts::register;
use crate::routes::chats::create_room;

/// Operations under way at a time: two commits of one chat, and fewer than may queue for it.
const IN_FLIGHT: usize = 512;
/// Operations of one request, at most: what each sent is remembered.
const OPERATIONS_MAX: usize = 100_000;

/// An import under way.
pub(super) struct Run {
    gateway: Shared,
    admin: Admin,
    told: mpsc::Sender<Bytes>,
    under_way: FuturesOrdered<BoxFuture<'static, Outcome>>,
    sent: Sent,
    names: Names,
    begun: usize,
    /// Nothing further is begun: something may have to be sent again, or nobody listens.
    stopped: bool,
}

impl Run {
    pub(super) fn new(gateway: Shared, admin: Admin, told: mpsc::Sender<Bytes>) -> Self {
        Self {
            gateway,
            admin,
            told,
            under_way: FuturesOrdered::new(),
            sent: Sent::default(),
            names: Names::default(),
            begun: 0,
            stopped: false,
        }
    }

    /// Does what the lines say. While much is under way, or outcomes are not taken in, nothing is read.
    pub(super) async fn through(mut self, mut lines: Lines) {
        let gateway = Shared::clone(&self.gateway);
        while !self.stopped {
            let room = self.under_way.len() < IN_FLIGHT;
            tokio::select! {
                line = lines.next(), if room => match line {
                    Ok(Some(line)) => self.begin(&line).await,
                    Ok(None) => break,
                    Err(error) => self.refuse(None, &error),
                },
                Some(outcome) = self.under_way.next() => self.tell(outcome).await,
                () = gateway.stopping.cancelled() => self.refuse(None, &Error::ShuttingDown),
            }
        }
        while let Some(outcome) = self.under_way.next().await {
            self.tell(outcome).await;
        }
    }

    async fn begin(&mut self, line: &[u8]) {
        self.begun += 1;
        let operation: Operation = match json(line) {
            Ok(_) if self.begun > OPERATIONS_MAX => {
                let error = Error::InvalidRequest(format!("one request holds at most {OPERATIONS_MAX} operations"));
                return self.refuse(None, &error);
            }
            Ok(operation) => operation,
            Err(error) => return self.refuse(None, &error),
        };
        let id = operation.id;
        let awaited = match operation.awaits() {
            Some(command) => self.awaited(command).await,
            None => Ok(None),
        };
        let Ok(awaited) = awaited else {
            // It is not begun: sent again behind what it awaits, it finds that.
            self.stopped = true;
            return;
        };
        match prepare(&self.gateway, self.admin, &mut self.names, operation, awaited).await {
            Ok(mut outcome) => match futures::poll!(&mut outcome) {
                // So it is handed in now, before what follows.
                std::task::Poll::Pending => self.under_way.push_back(outcome),
                std::task::Poll::Ready(outcome) => {
                    self.stopped |= outcome.has_to_be_repeated();
                    self.under_way.push_back(std::future::ready(outcome).boxed());
                }
            },
            Err(error) => {
                self.stopped |= error.retry_after().is_some();
                let outcome = Outcome::refused(Some(id), &error);
                self.under_way.push_back(std::future::ready(outcome).boxed());
            }
        }
    }

    /// The message that an operation of this request sent; waits while it is under way.
    async fn awaited(&mut self, command: CommandId) -> Result<Option<MessageId>, Again> {
        while !self.sent.knows(command)
            && let Some(outcome) = self.under_way.next().await
        {
            self.tell(outcome).await;
        }
        if self.stopped { Err(Again) } else { self.sent.by(command) }
    }

    async fn tell(&mut self, outcome: Outcome) {
        self.stopped |= outcome.has_to_be_repeated();
        self.sent.note(&outcome);
        // Who does not listen any more is not told; what was begun is done.
        self.stopped |= self.told.send(outcome.line()).await.is_err();
    }

    /// Ends the import with this; what is under way is told first.
    fn refuse(&mut self, id: Option<CommandId>, error: &Error) {
        self.stopped = true;
        self.under_way.push_back(std::future::ready(Outcome::refused(id, error)).boxed());
    }
}

/// Makes ready what is to be executed. Whatever has to be waited for is waited for here.
async fn prepare(
    gateway: &Shared,
    admin: Admin,
    names: &mut Names,
    operation: Operation,
    awaited: Option<MessageId>,
) -> Result<BoxFuture<'static, Outcome>, Error> {
    let (id, at) = (operation.id, operation.at);
    if at.is_some_and(|at| at.0 < 0 || at > gateway.clock.now()) {
        return Err(Error::InvalidRequest("at: before 1970, or in the future".to_owned()));
    }
    gateway.must_exist(&operation.needs()).await?;
    if !names.take(gateway, &operation).await? {
        let unchanged = Outcome {
            id: Some(id),
            unchanged: true,
            ..Outcome::default()
        };
        return Ok(std::future::ready(unchanged).boxed());
    }
    let present = names.present(operation.by);
    let (gateway, keys) = (Shared::clone(gateway), &gateway.keys);
    let done: BoxFuture<'static, Result<Outcome, Error>> = match operation.wanted(awaited, present)? {
        Wanted::Register(payload) => registered(gateway, admin.import(keys, None, id, at, payload)).boxed(),
        Wanted::Account(account, payload) => changed(gateway, account, admin.import(keys, None, id, at, payload)).boxed(),
        Wanted::Create(by, payload) => created(gateway, admin.import(keys, Some(by), id, at, payload)).boxed(),
        Wanted::Chat(by, chat, payload) => acted(gateway, chat, admin.import(keys, Some(by), id, at, payload)).boxed(),
    };
    let outcome = done.map(move |done| match done {
        Ok(outcome) => Outcome { id: Some(id), ..outcome },
        Err(error) => Outcome::refused(Some(id), &error),
    });
    Ok(outcome.boxed())
}

async fn registered(gateway: Shared, request: Request<domain::account::Command>) -> Result<Outcome, Error> {
    let (account, done) = register(&gateway, request).await?;
    gateway.accounts.insert(account, ()).await;
    Ok(Outcome {
        account: Some(account),
        ..told_of(&done)
    })
}

async fn changed(gateway: Shared, account: AccountId, request: Request<domain::account::Command>) -> Result<Outcome, Error> {
    let done = gateway.executor.execute::<Account>(account, request).await?;
    Ok(told_of(&done))
}

async fn created(gateway: Shared, request: Request<chat::Command>) -> Result<Outcome, Error> {
    let (chat, done) = create_room(&gateway, request, ChatId::Group).await?;
    Ok(Outcome {
        chat: Some(chat),
        ..told_of(&done)
    })
}

async fn acted(gateway: Shared, chat: ChatId, request: Request<chat::Command>) -> Result<Outcome, Error> {
    let done = gateway.executor.execute::<Chat>(chat, request).await?;
    Ok(told_of(&done))
}

fn told_of(done: &Done) -> Outcome {
    let message = done.facts.iter().find_map(|fact| match &fact.event {
        Event::Chat(chat::Event::MessageSent(sent)) => Some(sent.message),
        Event::Chat(_)
        | Event::Account(_)
        | Event::Inbox(_)
        | Event::SignIn(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    });
    Outcome {
        message,
        repeated: done.repeated,
        ..Outcome::default()
    }
}
