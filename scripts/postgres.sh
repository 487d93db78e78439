#!/usr/bin/env bash
# Run a command beside a PostgreSQL server that lives only as long as the command.
#
#   scripts/postgres.sh cargo test
#
# The server listens on a socket in a folder of its own and on no network port; the command finds its address in
# QUERIST_TEST_POSTGRES_URL. If it already names a server, that one is used. Without PostgreSQL the command runs alone.
set -euo pipefail

if [ -n "${QUERIST_TEST_POSTGRES_URL:-}" ]; then exec "$@"; fi

bin=$(dirname "$(command -v initdb || true)")
# Debian keeps the server's programs out of the path; the newest version wins.
if [ ! -x "$bin/postgres" ]; then bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true); fi
if [ ! -x "$bin/postgres" ]; then
  echo "postgres: not installed; tests that need it are skipped" >&2
  exec "$@"
fi

# A short path: a socket's name may have 107 bytes. Only its owner (and root) can enter, so nobody needs a password.
home=$(mktemp -d /tmp/querist-pg.XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then
  # The server refuses to run as root.
  owner=$(id -un postgres 2>/dev/null || echo nobody)
  chown "$owner" "$home"
  as=(setpriv "--reuid=$owner" "--regid=$(id -gn "$owner")" --clear-groups --)
fi

stop() {
  (cd / && "${as[@]}" "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$home"
}
trap stop EXIT
trap 'exit 130' INT TERM

(
  cd /
  "${as[@]}" "$bin/initdb" -D "$home/data" -U querist -A trust -E UTF8 --no-locale -N >/dev/null
  # A test's data need not survive a power cut.
  "${as[@]}" "$bin/pg_ctl" -D "$home/data" -w -t 60 -l "$home/log" start >/dev/null \
    -o "-k $home -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
) || { cat "$home/log" >&2 2>/dev/null || true; echo "postgres: did not start" >&2; exit 1; }

export QUERIST_TEST_POSTGRES_URL="postgres:///postgres?host=$home&user=querist"
status=0
"$@" || status=$?
exit "$status"
