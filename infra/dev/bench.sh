#!/usr/bin/env bash
# The figures of the README, one JSON object a line on stdout: embedded, and with --nats/--database where
# HELIOGRAPH_BENCH_NATS and HELIOGRAPH_BENCH_DATABASE name servers. Takes about 25 minutes for each.
set -euo pipefail
cd "$(dirname "$0")/../.."
heliograph="${HELIOGRAPH:-${CARGO_TARGET_DIR:-target}/release/heliograph}"

scenarios() {
    "$heliograph" bench pairs --pairs 50 --window 10 --json "$@"
    "$heliograph" bench pairs --pairs 500 --window 10 --json "$@"
    "$heliograph" bench pairs --pairs 50 --window 10 --read --json "$@"
    "$heliograph" bench pairs --pairs 50 --rate 3000 --json "$@"
    "$heliograph" bench fanout --members 500 --json "$@"
    "$heliograph" bench resync --missed 10000 --json "$@"
    "$heliograph" bench resync --missed 1000000 --json "$@"
    "$heliograph" bench channel --followers 10 --subscribers 10 --json "$@"
    "$heliograph" bench channel --followers 10 --subscribers 1000000 --json "$@"
    "$heliograph" bench first-sync --json "$@"
    "$heliograph" bench search --json "$@"
    "$heliograph" bench idle --connections 5000 --json "$@"
}

# Cost must not grow with history: an empty folder and one with five million messages, in turns.
history() {
    local full
    full=$(mktemp -d "${TMPDIR:-/tmp}/heliograph-history-XXXXXX")
    trap 'rm -rf "$full"' RETURN
    "$heliograph" bench fill --messages 5000000 --data "$full" >&2
    for _ in 1 2 3; do
        "$heliograph" bench pairs --pairs 50 --window 10 --json
        "$heliograph" bench pairs --pairs 50 --window 10 --json --folder "$full"
    done
}

# The log as a product: real chat imported twice, read models made anew, facts replayed as the operator and with what people wrote.
tools() {
    local chat full
    chat=$(mktemp -d "${TMPDIR:-/tmp}/heliograph-import-XXXXXX")
    full=$(mktemp -d "${TMPDIR:-/tmp}/heliograph-facts-XXXXXX")
    trap 'rm -rf "$chat" "$full"' RETURN
    for time in first again; do
        "$heliograph" import irc tests/data/ubuntu-irc/*.raw.txt --json --data "$chat" | labelled "import, $time"
    done
    "$heliograph" bench fill --messages 300000 --data "$full" >&2
    "$heliograph" rebuild --data "$full" | labelled rebuild
    timed replay replay --data "$full"
    timed "replay --content" replay --content --data "$full"
}

# What a command says of itself, as a scenario.
labelled() {
    printf '{"scenario":"%s",' "$1"
    sed 's/^{//'
}

# How many lines a command prints a second.
timed() {
    local scenario=$1 begun lines
    shift
    begun=$(date +%s%N)
    lines=$("$heliograph" "$@" | wc -l)
    printf '{"scenario":"%s","facts":%d,"per_s":%d}\n' "$scenario" "$lines" $((lines * 1000000000 / ($(date +%s%N) - begun)))
}

scenarios
"$heliograph" bench pairs --sealing both --json
"$heliograph" bench pairs --search both --json
tools
if [ -n "${HELIOGRAPH_BENCH_NATS:-}" ] && [ -n "${HELIOGRAPH_BENCH_DATABASE:-}" ]; then
    scenarios --nats "$HELIOGRAPH_BENCH_NATS" --database "$HELIOGRAPH_BENCH_DATABASE"
fi
history
