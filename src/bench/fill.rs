//! `fill`: history for comparisons.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;

use super::pairs::people;
use super::server::From;
use super::tally::Tally;
use super::writers::{Writer, write};
use crate::say::say;

/// Write N messages into a data folder, through the server's door.
#[derive(Debug, Args)]
pub struct Fill {
    /// Messages to write
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    messages: u32,
    /// The data folder; made when missing
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Direct chats that they are spread over
    #[arg(long, value_name = "K", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=20_000))]
    chats: u16,
}

impl Fill {
    /// Writes them and says how fast that was.
    pub async fn run(self) -> Result<()> {
        let server = From::folder(self.data.clone()).start().await?;
        let (people, chats) = people(&server, self.chats).await?;
        let share =
            |number: u16| self.messages / u32::from(self.chats) + u32::from(u32::from(number) < self.messages % u32::from(self.chats));
        let writers = (0..).zip(people.chunks_exact(2)).zip(chats).map(|((number, pair), chat)| Writer {
            number,
            token: pair[0].devices[0].clone(),
            chat,
            messages: share(number),
        });
        let began = Instant::now();
        let tally = Rc::new(Tally::new(usize::from(self.chats)));
        write(&server, writers.collect(), &tally).await?;
        let seconds = began.elapsed().as_secs_f64();
        let counts = Rc::into_inner(tally).context("the writers have ended")?.counts();
        let said = say(format_args!(
            "{} holds {} messages more; {:.0} a second, {} refused and sent again",
            self.data.display(),
            self.messages,
            f64::from(self.messages) / seconds,
            counts.refusals
        ));
        server.stop().await?;
        said
    }
}
