#!/bin/sh
# What a newcomer has: curl and jq, without which the README's lines do not run, and a browser, for the test of the first page.
#   newcomer.sh check     says what is missing and how to get it
#   newcomer.sh install   installs it where apt-get and root are at hand
# CHROMIUM names another browser of its kind. Without one the test of the first page says so and passes, unless CI is set.
set -eu

case "${1:-install}" in
check | install) ;;
*) echo "usage: $0 check|install" >&2; exit 2 ;;
esac

missing() {
    command -v curl >/dev/null || echo curl
    command -v jq >/dev/null || echo jq
    [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null || echo chromium
}

wanted=$(missing)
if [ -n "$wanted" ] && [ "${1:-install}" = install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq || true
    # One at a time: a browser that can't be had keeps nobody from the others.
    for package in $wanted; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" || true
    done
    wanted=$(missing)
fi
case "$wanted" in
"") ;;
chromium) echo "newcomer: NO browser, so the first page is NOT looked at: install Chromium, or name one by CHROMIUM" >&2 ;;
*)
    echo "newcomer: missing are" $wanted >&2
    echo "newcomer: install them (Debian, Ubuntu: 'apt-get install curl jq chromium', or infra/dev/newcomer.sh install as root)" >&2
    exit 1
    ;;
esac
