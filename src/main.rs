//! `heliograph`: the server and its tools, one arm each.

#![expect(unreachable_pub, reason = "a program has no outside: pub is what its modules show each other")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use rustix::fs::Mode;
use rustix::process::umask;

mod account;
mod apart;
mod backup;
mod bench;
mod beside;
mod crew;
mod doctor;
mod door;
mod export;
mod folder;
mod import;
mod installation;
mod patience;
mod rebuild;
mod replay;
mod restore;
mod say;
mod serve;
mod settings;
mod signals;
mod token;

/// SQLite's too. A message is some hundred small allocations: the system's allocator took a sixth of the time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A self-hosted messaging platform on a log that can be replayed
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    tool: Tool,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed (the reason stands on stderr), 2 wrong usage.";

#[derive(Debug, Subcommand)]
enum Tool {
    Serve(serve::Serve),
    Account(account::Account),
    Doctor(doctor::Doctor),
    Import(import::Import),
    Replay(replay::Replay),
    Export(export::Export),
    Token(token::Token),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Rebuild(rebuild::Rebuild),
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    // Whatever is made here, SQLite's files too, is for its owner's eyes alone.
    umask(Mode::RWXG | Mode::RWXO);
    let done = match Cli::parse().tool {
        Tool::Serve(serve) => run(serve.run()),
        Tool::Account(account) => run(account.run()),
        Tool::Doctor(doctor) => run(doctor.run()),
        Tool::Import(import) => run(import.run()),
        Tool::Replay(replay) => run(replay.run()),
        Tool::Export(export) => run(export.run()),
        Tool::Token(token) => run(token.run()),
        Tool::Backup(backup) => run(backup.run()),
        Tool::Restore(restore) => run(restore.run()),
        Tool::Rebuild(rebuild) => run(rebuild.run()),
        Tool::Bench(bench) => bench.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<say::Enough>() => ExitCode::SUCCESS,
        Err(error) => {
            say::remark(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(tool: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(tool)
}
