//! A session that is open: one loop that reads the table while it is behind and the live feed when it is not.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use domain::id::{CommandId, Seq};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use infra::signals::{self, Signal};
use projections::feed::{Attached, Followed, Following, Live};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::End;
use super::calls::Calls;
use super::catching_up::Ahead;
use super::commands::{self, UnderWay};
use super::delivery::{self, Fit, Sequence};
use super::incoming::{self, Command, Incoming, Typing};
use super::opening::Opened;
use super::outgoing::{self, Answered, refused};
use super::socket::{Close, Gone, Received, Socket};
use crate::Shared;
use crate::caller::Device;
use crate::error::Error;
use crate::limits::Caller;
use crate::presence::Present;

/// Updates in the first page of the table, when nothing is known of their length.
const FIRST_PAGE: usize = 32;

/// Runs the session to its end.
pub(super) async fn run(gateway: &Shared, socket: &mut Socket, calls: Arc<Calls>, opened: Opened) -> End {
    Session::new(gateway, socket, calls, opened).serve().await
}

pub(super) struct Session<'a> {
    pub(super) gateway: &'a Shared,
    pub(super) socket: &'a mut Socket,
    pub(super) device: Device,
    pub(super) live: Attached,
    signals: signals::Attached,
    #[expect(dead_code, reason = "held, not read")]
    present: Present,
    /// What happens in chats that have a sequence of their own.
    pub(super) followed: Following,
    /// The last update that was written.
    pub(super) last: i64,
    /// The table has updates that were not written.
    pub(super) behind: bool,
    /// The last update that the table is known to have.
    pub(super) head: i64,
    /// How many updates the next page of the table may have.
    pub(super) page: usize,
    /// That page and the one behind it, while they are being read ahead.
    pub(super) ahead: Ahead,
    /// How many pages in a row the client took in as they came.
    pub(super) kept_up: u32,
    calls: Arc<Calls>,
    under_way: FuturesUnordered<UnderWay>,
    malformed: u32,
    pub(super) heard_at: Instant,
    pub(super) ping_at: Instant,
    pub(super) timer: Pin<Box<Sleep>>,
}

/// What a session wakes for.
enum Event {
    Stop,
    Answer(Answered),
    Live(Live),
    Signal(Arc<Signal>),
    Followed(Followed),
    Received(Received),
    Behind,
    Timer,
}

impl<'a> Session<'a> {
    fn new(gateway: &'a Shared, socket: &'a mut Socket, calls: Arc<Calls>, opened: Opened) -> Self {
        let now = Instant::now();
        let ping_at = now + gateway.config.ping_every;
        Self {
            gateway,
            socket,
            device: opened.device,
            live: opened.live,
            signals: opened.signals,
            present: opened.present,
            followed: opened.followed,
            last: opened.last,
            behind: opened.last < opened.head.seq,
            head: opened.head.seq,
            page: FIRST_PAGE.min(gateway.config.frame_updates_max),
            ahead: Ahead::new(),
            kept_up: 0,
            calls,
            under_way: FuturesUnordered::new(),
            malformed: 0,
            heard_at: now,
            ping_at,
            timer: Box::pin(sleep_until(ping_at)),
        }
    }

    /// What is ready is handled first, then written at once; only then does the session wait.
    async fn serve(&mut self) -> End {
        loop {
            let event = match self.next().now_or_never() {
                Some(event) => event,
                None => match self.socket.flush().await {
                    Ok(()) => self.next().await,
                    Err(Gone) => return End::Gone,
                },
            };
            if let Err(end) = self.handle(event).await {
                return end;
            }
        }
    }

    async fn next(&mut self) -> Event {
        let may_read = self.under_way.len() < self.gateway.config.in_flight_max;
        tokio::select! {
            biased;
            () = self.gateway.stopping.cancelled() => Event::Stop,
            Some(answer) = self.under_way.next() => Event::Answer(answer),
            signal = self.signals.next() => Event::Signal(signal),
            live = self.live.next(), if !self.behind => Event::Live(live),
            // Behind the device's own, which says what is followed.
            followed = self.followed.next(), if !self.behind => Event::Followed(followed),
            received = self.socket.receive(), if may_read => Event::Received(received),
            () = &mut self.timer => Event::Timer,
            () = ready(()), if self.behind => Event::Behind,
        }
    }

    async fn handle(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Stop => Err(self.drain().await),
            Event::Answer(answer) => self.answered(answer).await,
            Event::Live(live) => self.heard_live(live).await,
            Event::Signal(signal) => self.queue(outgoing::signal(signal)).await,
            Event::Followed(followed) => self.heard_of_chat(followed).await,
            Event::Received(received) => self.received(received).await,
            Event::Behind => Box::pin(self.catch_up()).await,
            Event::Timer => Box::pin(self.tick()).await,
        }
    }

    async fn answered(&mut self, answer: Answered) -> Result<(), End> {
        if self.under_way.len() + 1 >= self.gateway.config.in_flight_max {
            // Who was not listened to was not silent.
            self.heard_at = Instant::now();
        }
        self.calls.include(answer.position);
        self.queue(answer.frame).await
    }

    async fn heard_live(&mut self, live: Live) -> Result<(), End> {
        let delivery = match live {
            Live::Delivery(delivery) => delivery,
            Live::Overflowed => {
                self.behind = true;
                return Box::pin(self.still_admitted()).await;
            }
            Live::Closed(why) => return Err(why.into()),
        };
        let count = delivery.updates.facts.len();
        match delivery::fit(self.last, delivery.first, count) {
            Fit::Old => {}
            Fit::Gap => self.behind = true,
            Fit::Next(skip) => {
                let frames = delivery::live(self.gateway, self.device, Sequence::Own, &delivery, skip).await;
                for frame in frames.map_err(|error| unavailable(&error))? {
                    self.socket.queue(frame).await?;
                }
                self.last = delivery.first.get() + i64::try_from(count).unwrap_or(i64::MAX) - 1;
                self.gateway.meters.live.increment((count - skip) as u64);
                for update in &delivery.updates.facts[skip..] {
                    self.told_of(&update.fact).await?;
                }
            }
        }
        Ok(())
    }

    async fn received(&mut self, received: Received) -> Result<(), End> {
        self.heard_at = Instant::now();
        match received {
            Received::Text(text) => self.frame(&text).await,
            Received::Life => Ok(()),
            Received::Wrong(why) => Err(End::Close(why)),
            Received::End => Err(End::Gone),
        }
    }

    async fn frame(&mut self, text: &str) -> Result<(), End> {
        self.gateway.meters.frames.increment(1);
        match incoming::read(text) {
            Ok(Incoming::Command(id, command)) => self.begin(id, command).await,
            Ok(Incoming::Call(id, call)) => {
                self.under_way.push(self.calls.begin(self.device, id, call));
                Ok(())
            }
            Ok(Incoming::Typing(typing)) => self.types(typing).await,
            Ok(Incoming::Ack(ack)) => self.acknowledged(ack.seq).await,
            Ok(Incoming::Open(_)) => self.misunderstood(None, &Error::AlreadyOpen).await,
            Err(misunderstood) => self.misunderstood(misunderstood.id, &misunderstood.error).await,
        }
    }

    /// Nobody waits for it.
    async fn types(&mut self, typing: Typing) -> Result<(), End> {
        let told = async {
            self.gateway.limits.caller(Caller::Account(self.device.account))?;
            let telling = self.gateway.types(self.device, typing.chat, typing.action);
            Box::pin(self.gateway.in_time(telling)).await
        };
        match told.await {
            Ok(()) => Ok(()),
            Err(error) => self.queue(refused(None, &error)).await,
        }
    }

    async fn begin(&mut self, id: CommandId, command: Command) -> Result<(), End> {
        match commands::begin(self.gateway, self.device, id, command).await {
            Ok(under_way) => self.under_way.push(under_way),
            Err(error) => self.queue(refused(Some(id), &error)).await?,
        }
        Ok(())
    }

    async fn misunderstood(&mut self, id: Option<CommandId>, error: &Error) -> Result<(), End> {
        self.queue(refused(id, error)).await?;
        self.malformed += 1;
        if self.malformed >= self.gateway.config.malformed_max {
            return Err(End::Close(Close::Malformed));
        }
        Ok(())
    }

    async fn acknowledged(&mut self, seq: Seq) -> Result<(), End> {
        if seq.get() > self.last {
            let error = Error::SeqFromTheFuture {
                seq: seq.get(),
                head: self.last,
            };
            return self.queue(refused(None, &error)).await;
        }
        self.gateway.acks.put((self.device.account, self.device.device), seq);
        Ok(())
    }

    /// The server stops: what is under way is answered, then the client is told to go elsewhere.
    async fn drain(&mut self) -> End {
        self.ahead.clear();
        let answers = async {
            while let Some(answer) = self.under_way.next().await {
                self.calls.include(answer.position);
                self.socket.queue(answer.frame).await?;
            }
            Ok::<(), Gone>(())
        };
        match timeout(self.gateway.config.drain_max / 2, answers).await {
            Ok(Err(Gone)) => End::Gone,
            Ok(Ok(())) | Err(_) => End::Close(Close::GoingAway),
        }
    }
}

/// The session can't go on without a gap: the client opens another one.
pub(super) fn unavailable(error: &Error) -> End {
    tracing::warn!(error.reason = ?error, "a session could not go on");
    End::Close(Close::Internal)
}
