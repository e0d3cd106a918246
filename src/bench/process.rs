//! What processes cost, from `/proc`: CPU time and resident memory.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Duration;

/// Clock ticks a second in `/proc/<pid>/stat`: fixed at 100 for user space on Linux.
const TICKS: u64 = 100;

/// A process with everything that descends from it: a database's backends count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Process(pub u32);

struct Stat {
    pid: u32,
    parent: u32,
    own: u64,
    reaped: u64,
}

impl Process {
    /// The process that listens on a TCP port of this machine.
    pub fn listening(port: u16) -> Option<Self> {
        let inodes = listeners(port);
        pids().find(|pid| sockets(*pid).any(|inode| inodes.contains(&inode))).map(Process)
    }

    /// CPU time that it and its descendants took so far, those that have ended included.
    pub fn cpu(self) -> Duration {
        let stats: HashMap<u32, Stat> = pids().filter_map(stat).map(|stat| (stat.pid, stat)).collect();
        let within = |mut pid: u32| {
            while pid != self.0 && pid > 1 {
                pid = stats.get(&pid).map_or(0, |stat| stat.parent);
            }
            pid == self.0
        };
        let ticks: u64 = stats
            .values()
            .filter(|stat| within(stat.pid))
            .map(|stat| stat.own + stat.reaped)
            .sum();
        Duration::from_millis(ticks * 1000 / TICKS)
    }

    /// CPU time that it alone took so far.
    pub fn own_cpu(self) -> Duration {
        Duration::from_millis(stat(self.0).map_or(0, |stat| stat.own) * 1000 / TICKS)
    }

    /// Its resident memory in bytes, without descendants.
    pub fn resident(self) -> u64 {
        status(self.0, "VmRSS:").unwrap_or(0)
    }
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; behind it stand state, parent, …
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        reaped: ticks(13)? + ticks(14)?,
    })
}

fn status(pid: u32, key: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The inodes of the sockets that listen on a port.
fn listeners(port: u16) -> HashSet<u64> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    lines
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let local = u16::from_str_radix(fields.get(1)?.rsplit_once(':')?.1, 16).ok()?;
            (local == port && fields.get(3) == Some(&"0A")).then(|| fields.get(9)?.parse().ok())?
        })
        .collect()
}

fn sockets(pid: u32) -> impl Iterator<Item = u64> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    links.filter_map(|link| {
        let target = fs::read_link(link.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    })
}

/// The machine, in a line: how many CPUs of which kind, how much memory.
pub fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown CPU", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{cpus} × {model}, {} GiB, Linux {}", kilobytes.div_ceil(1 << 20), kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_found_by_its_port_and_has_cost_something() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let process = Process::listening(listener.local_addr().unwrap().port()).unwrap();
        assert_eq!(process.0, std::process::id());
        assert!(process.resident() > 0);
    }
}
