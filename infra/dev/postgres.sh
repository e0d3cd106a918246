#!/bin/sh
# PostgreSQL's server programs, for the tests, which start clusters of their own.
#   postgres.sh check     says what is missing and how to get it
#   postgres.sh install   installs it where apt-get and root are at hand
# POSTGRES_BIN names the folder with initdb and postgres, if it is neither in PATH nor in /usr/lib/postgresql.
set -eu

found() {
    for folder in "${POSTGRES_BIN:-}" "$(dirname "$(command -v initdb || echo /nowhere/initdb)")" /usr/lib/postgresql/*/bin; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
            return 0
        fi
    done
    return 1
}

case "${1:-install}" in
check | install) ;;
*) echo "usage: $0 check|install" >&2; exit 2 ;;
esac

if found; then
    exit
fi
if [ "${1:-install}" = install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # Without this the package makes and starts a cluster that nobody asked for.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
    found && exit
fi
echo "postgres: no initdb and postgres in PATH, /usr/lib/postgresql/*/bin or POSTGRES_BIN" >&2
echo "postgres: install PostgreSQL 14 or newer (Debian, Ubuntu: 'apt-get install postgresql', or infra/dev/postgres.sh install as root)," >&2
echo "postgres: or name the folder of its programs by POSTGRES_BIN" >&2
exit 1
