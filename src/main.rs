//! `heliograph`: the server and its tools, one arm each.

#![expect(unreachable_pub, reason = "a program has no outside: pub is what its modules show each other")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod folder;

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
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let done = match Cli::parse().tool {
        Tool::Bench(bench) => bench.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("heliograph: {error:#}");
            ExitCode::FAILURE
        }
    }
}
