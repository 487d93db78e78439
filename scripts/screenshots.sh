#!/usr/bin/env bash
# Take the pictures of the documentation, docs/images/*.webp, from the program itself.
#
#   scripts/screenshots.sh [PROGRAM]      PROGRAM is target/release/querist by default
#
# The example project answers by itself in a temporary folder, Chromium opens it, and nothing else is left behind.
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:-${CARGO_TARGET_DIR:-target}/release/querist}
stop() { echo "screenshots: $*" >&2; exit 1; }
[ -x "$program" ] || stop "$program is not there; run \`make build\`"
for tool in chromium chromedriver node; do command -v "$tool" >/dev/null || stop "$tool is missing; run \`make setup\`"; done

home=$(mktemp -d)
demo='' driver=''
finish() {
  for process in "$demo" "$driver"; do
    if [ -n "$process" ]; then kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; fi
  done
  rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM

# A line of a growing log that holds this text; fails when its program has ended.
line() {
  local log=$1 text=$2 process=$3
  until grep -m 1 -- "$text" "$log"; do
    kill -0 "$process" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.2
  done
}

start() {
  "$program" demo --data "$home/data" --listen 127.0.0.1:0 --pictures "${PICTURES:-2400}" "$@" 2>"$home/demo.log" &
  demo=$!
}

# Drawn and encoded first, so that the curve begins with the first labels.
start
line "$home/demo.log" 'Sign in' "$demo" >/dev/null
kill "$demo" && wait "$demo" || true
"$program" encode surfaces --data "$home/data"
# Not too fast: the charts show one point for each round.
start --autopilot --pace "${PACE:-4}"
chromedriver --port=0 >"$home/driver.log" 2>&1 &
driver=$!
link=$(line "$home/demo.log" 'Sign in' "$demo" | grep -o 'http.*')
port=$(line "$home/driver.log" 'started successfully on port' "$driver" | grep -o '[0-9]*' | tail -n 1)

mkdir -p docs/images
node scripts/screenshots.mjs "$link" "$port" "$home/data/demo/truth.csv" docs/images
size=$(cat docs/images/*.webp | wc -c)
echo "screenshots: $(ls docs/images/*.webp | wc -l) pictures, $((size / 1000)) kB"
[ "$size" -lt 600000 ] || stop "more than 600 kB; a repository keeps every version"
