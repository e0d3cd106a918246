#!/bin/sh
# Prometheus' own checker of metrics, for the tests, out of Debian's package `prometheus`, of which nothing else is taken and
# nothing is installed.
#   promtool.sh    puts it at .tools/promtool; PROMTOOL names another, then nothing is fetched
# Where it can't be had, the test that needs it says so and passes, unless CI is set.
set -eu
cd "$(dirname "$0")/../.."
target="$PWD/.tools/promtool"

if [ -n "${PROMTOOL:-}" ]; then
    "$PROMTOOL" --version >/dev/null
    exit
fi
if [ -x "$target" ] || command -v promtool >/dev/null; then
    exit
fi
if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    [ "$(id -u)" != 0 ] || apt-get update -qq || true
    if (cd "$work" && apt-get download -qq prometheus) && dpkg-deb --extract "$work"/prometheus_*.deb "$work"; then
        mkdir -p .tools
        install -m 755 "$work/usr/bin/promtool" "$target.new"
        mv "$target.new" "$target"
        "$target" --version | head -1
        exit
    fi
fi
echo "promtool: NOT there, so /metrics is NOT checked by it: install Prometheus, or name it by PROMTOOL=/path/to/promtool" >&2
